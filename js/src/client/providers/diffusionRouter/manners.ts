// What a server was found to accept, remembered for as long as the process lives.
//
// The servers that speak `/v1/videos` differ in what they take. Nothing is asked of the user: the
// first submission finds out, as a refused request may be sent again in another way.

export type Form = "json" | "multipart";

/** How a server wants to be asked. */
export class Manners {
  /** Who its list of models says that it is. */
  owners = "";
  /** Forms in which jobs were taken; where there is one, the rest is right. */
  read = new Set<Form>();
  /** Of bodies without a picture. */
  form: Form = "json";
  /** A form that it does not read. */
  refused: Form | undefined;
  secondsAsNumber = false;
  /** `width` and `height` instead of `size`. */
  sizeInTwo = false;
  /** It takes the fields of OpenAI's own API and no others. */
  strict = false;
  /** It answers with the finished video (NVIDIA Dynamo). */
  synchronous = false;
  /** It has no list of jobs. */
  withoutList = false;
  /** Milliseconds since 1970 before which the list is not worth asking for. */
  listAgain = 0;

  get proven(): boolean {
    return this.read.size > 0;
  }

  /** Learn who it is; begins anew where another server has taken its place. */
  meet(owners: string): void {
    if (this.owners && owners && owners !== this.owners) Object.assign(this, new Manners());
    this.owners = owners || this.owners;
    if (this.proven) return;
    // The rest is found out by the first submission.
    const all = this.owners.split(",");
    this.synchronous = all.includes("nvidia");
    if (all.includes("vllm") && !this.refused) this.form = "multipart";
  }
}

const known = new Map<string, Manners>();

/** What this process has learned about the server at an address. */
export function mannersOf(url: string): Manners {
  let manners = known.get(url);
  if (!manners) {
    manners = new Manners();
    known.set(url, manners);
  }
  return manners;
}
