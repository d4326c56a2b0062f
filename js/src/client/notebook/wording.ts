// Numbers and texts the way people read them, as in Python's cells.

/** As Python rounds: to the even one where it is just between two. */
export function fixed(value: number, digits = 0): string {
  const between = Math.abs(value * 2 ** (digits + 1)) % 2 === 1;
  const below = Math.floor(value * 10 ** digits);
  return (between && below % 2 === 0 ? below / 10 ** digits : value).toFixed(digits);
}

/** One line, without characters that steer a terminal or turn text around. */
export function visible(text: string): string {
  // Joiner and variation selector are kept, without which emoji fall apart.
  const line = text.replace(/(?:(?!\ufeff)\s|\u0085)+/g, " ").replace(/^ | $/g, "");
  return line.replace(/(?!\u200d)[\p{Cc}\p{Cf}]/gu, "");
}

/** The beginning of a text on one line, cut at a word where it is too long. */
export function excerpt(text: string, limit = 140): string {
  const letters = [...visible(text)];
  if (letters.length <= limit) return letters.join("");
  const space = letters.lastIndexOf(" ", limit - 1);
  return `${letters.slice(0, space > Math.floor(limit / 2) ? space : limit).join("")}\u2026`;
}

/** A time span: `"0.4 s"`, `"41 s"`, `"2 min 05 s"`, `"1 h 10 min"`. */
export function seconds(value: number): string {
  if (value < 1) return `${fixed(Math.max(value, 0), 1)} s`;
  const whole = Number(fixed(value));
  const minutes = Math.floor(whole / 60);
  if (!minutes) return `${whole} s`;
  if (minutes < 60) return `${minutes} min ${two(whole % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** The length of a clip: `"5 s"`, `"2.5 s"`, `"1:30"`. */
export function length(value: number): string {
  const whole = Number(fixed(value));
  if (value >= 60) return `${Math.floor(whole / 60)}:${two(whole % 60)}`;
  return `${fixed(value, 1).replace(/\.0$/, "")} s`;
}

/** A price; small ones keep the digits that matter. */
export function money(dollars: number): string {
  return `$${dollars >= 0.1 ? fixed(dollars, 2) : fixed(dollars, 4).replace(/\.?0+$/, "")}`;
}

/** A file size: `"62 kB"`, `"1.4 MB"`. */
export function amount(size: number): string {
  if (size < 1e3) return `${size} B`;
  if (size < 1e6) return `${fixed(size / 1e3)} kB`;
  return size < 1e9 ? `${fixed(size / 1e6, 1)} MB` : `${fixed(size / 1e9, 1)} GB`;
}

/** Now: `"25 Nov, 15:31"`. */
export function moment(): string {
  const [, month, day, , time] = String(new Date()).split(" ");
  return `${Number(day)} ${month}, ${time?.slice(0, 5)}`;
}

/** A text in quotes, as Python shows one. */
export function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  return quote + text.replace(/\\/g, "\\\\").replaceAll(quote, `\\${quote}`) + quote;
}

const ESCAPES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#x27;",
};

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => ESCAPES[letter] ?? "");
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
