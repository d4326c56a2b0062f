// The first picture: from a file, a drop or the clipboard to the kernel, with a small view of it.

import type { Told } from "../shared/messages";
import type { Desk } from "./desk";
import { refusal, Upload } from "./upload";

interface Preview {
  url: string;
  /** What the trait `image` holds once the kernel has the file; null until then. */
  image: string | null;
}

export class Picture {
  upload: Upload | null = null;
  /** Why the last file was not sent. */
  problem = "";
  private preview: Preview | null = null;
  private imageBefore: string | null = null;
  private latest: File | null = null;

  constructor(
    private readonly desk: Desk,
    private readonly changed: () => void,
  ) {}

  get uploading(): boolean {
    return this.upload?.running ?? false;
  }

  /** A share from 0 to 1. */
  get share(): number {
    return this.upload ? this.upload.received / this.upload.file.size : 0;
  }

  /** What keeps the picture from being used; "" if nothing does. */
  get trouble(): string {
    return this.problem || (this.upload?.problem ?? "");
  }

  async take(file: File): Promise<void> {
    this.latest = file;
    const problem = await refusal(file);
    // Another file, or none, was chosen while this one was looked at.
    if (this.latest !== file) return;
    this.forget();
    this.problem = problem;
    if (!problem) {
      this.imageBefore = this.desk.model.get("image");
      this.preview = { url: URL.createObjectURL(file), image: null };
      this.upload = new Upload(file, (message) => this.desk.send(message), this.changed);
      void this.upload.start();
    }
    this.changed();
  }

  /** No picture: neither here nor in the form. */
  remove(): void {
    this.forget();
    this.desk.put({ image: null });
    this.changed();
  }

  /** An address is typed instead. */
  type(raw: string): void {
    this.forget();
    this.desk.type("image", raw);
    this.changed();
  }

  /** Where the chosen file can be seen; "" for a picture that this page never had. */
  get shown(): string {
    const image = this.desk.model.get("image");
    const { preview, upload } = this;
    const ours = preview && upload && (preview.image ?? image) === image;
    if (ours && (upload.running || upload.done)) return preview.url;
    // Addresses are not loaded: that would tell a server of strangers who looks at this page.
    return image && /^data:image\/(png|jpeg|webp);base64,/.test(image) ? image : "";
  }

  get name(): string {
    return this.preview && this.upload ? this.upload.file.name : "";
  }

  hear(told: Told): void {
    this.upload?.hear(told);
  }

  /** The trait `image` has changed, or the upload has ended. */
  settle(): void {
    const { preview, upload } = this;
    const image = this.desk.model.get("image");
    if (!preview || !upload || upload.running) return;
    if (preview.image === null && upload.done) {
      // The kernel says where it has put the file, before or after its word that it has it.
      if (image !== null && image !== this.imageBefore) preview.image = image;
    } else if (preview.image !== null && preview.image !== image) {
      this.forget();
    }
  }

  close(): void {
    this.latest = null;
    this.forget();
  }

  private forget(): void {
    this.latest = null;
    this.upload?.stop();
    this.upload = null;
    this.problem = "";
    if (this.preview) URL.revokeObjectURL(this.preview.url);
    this.preview = null;
  }
}
