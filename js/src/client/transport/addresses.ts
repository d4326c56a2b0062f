// Which addresses a video may be fetched from: the provider's own, and public ones.
import { lookup } from "node:dns/promises";
import { InvalidVideoError, shorten } from "../errors.ts";

const LONGEST = 8192;
const WRITTEN = /^https?:\/\/([^/?#]+)/i;
const HOST = /^(?:[\w.-]*[\w-]|\[[\da-f:]+\])$/;
const LITERAL = /^(?:\[(.+)\]|[\d.]+)$/;

// In the one spelling that `URL` leaves. The last part is all from 224 up.
const INSIDE =
  /^(?:0|10|127|169\.254|192\.168|192\.0\.[02]|198\.1[89]|198\.51\.100|203\.0\.113|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])|2(?:2[4-9]|[3-5]\d))\./;
// As 32 digits. An IPv4 address inside: mapped, behind NAT64, 6to4.
const IPV4 = /^(?:0{20}ffff|0064ff9b0{16}|2002)(.{8})/;
// Special and documentation networks within those that are given out.
const SPECIAL = /^(?:20010[01]|20010db8|3fff0)/;

/**
 * Check an address before it is fetched, or followed as a redirect. What its name resolves to is
 * `checkName`'s.
 *
 * @param own origin of the provider, which may be at home or on this machine.
 * @param allowPrivate any address may be fetched, for installations on own premises.
 * @throws InvalidVideoError the address is not fetched; says why, without the address's query.
 */
export function checkUrl(url: string, own: string, allowPrivate = false): URL {
  const authority = WRITTEN.exec(url)?.[1];
  const parsed = authority && URL.canParse(url) && new URL(url);
  if (!parsed || url.length > LONGEST || /[\p{C}\p{Z}\\]/u.test(url) || authority.includes("@")) {
    throw refused("", "no proper https address");
  }
  const { hostname, port } = parsed;
  if (!HOST.test(hostname) || port === "0") throw refused(hostname, "no host, or has no such port");
  if (allowPrivate || parsed.origin === own) return parsed;
  if (parsed.protocol !== "https:") throw refused(hostname, "not the provider's own and not https");
  // `URL` reads 2130706433, 0x7f.1, 127%2e0.0.1 and full-width digits as addresses.
  const written = authority.replace(/:\d*$/, "").toLowerCase();
  const isPlain = /^[!-~]+$/.test(written) ? written === hostname : hostname.includes("xn--");
  const literal = LITERAL.exec(hostname);
  if (!literal?.[1] && !isPlain) throw refused(hostname, "written oddly");
  if (literal && !isPublic(literal[1] ?? hostname)) throw refused(hostname, "not public");
  return parsed;
}

/**
 * Check that a name leads to public addresses alone.
 *
 * Unlike in Python this and the connection are two steps, since `fetch` resolves for itself: a name
 * that changes its address in between is not noticed.
 */
export async function checkName(hostname: string): Promise<void> {
  if (LITERAL.test(hostname)) return;
  // A name that does not resolve is told by `fetch`; behind a proxy it is the proxy that resolves.
  const found = await lookup(hostname, { all: true }).catch(() => []);
  const inside = found.find(({ address }) => !isPublic(address));
  if (inside) throw refused(hostname, `at ${inside.address}, which is not public`);
}

/** Whether anyone on the internet could reach an address: not this machine, not the local network. */
export function isPublic(address: string): boolean {
  if (!address.includes(":")) return !INSIDE.test(address);
  // A zone, as in fe80::1%eth0, is local and no part of a URL.
  if (!URL.canParse(`http://[${address}]`)) return false;
  const [head, tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const [before, after] = [words(head), words(tail)];
  const zeros = Array<string>(8 - before.length - after.length).fill("0000");
  const digits = [...before, ...zeros, ...after].join("");
  const inner = IPV4.exec(digits)?.[1]?.match(/../g);
  if (inner) return isPublic(inner.map((pair) => Number.parseInt(pair, 16)).join("."));
  return /^[23]/.test(digits) && !SPECIAL.test(digits);
}

function words(part: string | undefined): string[] {
  return part ? part.split(":").map((word) => word.padStart(4, "0")) : [];
}

function refused(host: string, state: string): InvalidVideoError {
  const what = host ? shorten(host) : "it";
  return new InvalidVideoError(`The video's address is not fetched: ${what} is ${state}.`);
}
