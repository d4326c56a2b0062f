// Plays many videos as one. A clock of our own says where all of them have to be; one that has
// drifted is hurried, slowed down, or set back. A shorter one waits at its last picture until the
// longest has ended.

/** Seconds: so far off a video is set back at once. */
export const FAR = 0.1;
/** Seconds: so far off nobody sees it. */
const NEAR = 0.03;
/** Milliseconds between two times that one video is set back: to seek takes its own time. */
const REST = 400;
/** Milliseconds that all wait for one that still comes: at first, and at each new round. */
const PATIENCE = 3000;
const PATIENCE_AGAIN = 500;
/** Milliseconds for tiles to bring their videos. */
const ARRIVAL = 200;
/** Seconds before its end from which a video counts as ended. */
const END = 0.04;
/** Frames per second of a step: the files differ, so it is the usual number of film. */
const FPS = 24;
/** What a video element tells of itself when it could go on. */
const ENOUGH = 3;

interface Member {
  video: HTMLVideoElement;
  /** When it was last set back. */
  moved: number;
  leave: () => void;
}

export class Ensemble {
  playing = false;
  /** Whether videos are wanted at all: before, pictures are enough. */
  engaged = false;
  muted = true;
  loop = true;
  /** Seconds of the longest. */
  length = 0;

  private readonly members = new Map<HTMLVideoElement, Member>();
  private readonly coming = new Set<symbol>();
  private readonly listeners = new Set<() => void>();
  private base = 0;
  /** When the clock began to go on from `base`; null while it stands. */
  private since: number | null = null;
  /** Until when it waits for videos that are not ready. */
  private patience = 0;
  private began = 0;
  private frame = 0;

  constructor(private readonly now = () => performance.now()) {}

  /** Seconds. */
  get position(): number {
    const gone = this.since === null ? 0 : (this.now() - this.since) / 1000;
    return Math.min(this.base + gone, this.length);
  }

  listen(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Says that a video is on its way; gives what says that it is there, or will not come. */
  expect(): () => void {
    const name = Symbol();
    this.coming.add(name);
    return () => this.coming.delete(name);
  }

  /** Takes a video in; gives what lets it go again. */
  join(video: HTMLVideoElement): () => void {
    const look = () => this.follow(member);
    const events = ["loadedmetadata", "loadeddata", "seeked"];
    for (const event of events) video.addEventListener(event, look);
    const member: Member = {
      video,
      moved: Number.NEGATIVE_INFINITY,
      leave: () => {
        for (const event of events) video.removeEventListener(event, look);
        this.members.delete(video);
      },
    };
    this.members.set(video, member);
    video.muted = this.muted;
    this.follow(member);
    return member.leave;
  }

  toggle(): void {
    if (this.playing) this.pause();
    else this.play();
  }

  play(): void {
    if (this.length === 0) return;
    if (this.position >= this.length - END) this.base = 0;
    this.engaged = true;
    this.playing = true;
    this.hold(PATIENCE);
    cancelAnimationFrame(this.frame);
    this.tick();
  }

  pause(): void {
    this.stand(this.position);
    this.playing = false;
    cancelAnimationFrame(this.frame);
    this.followAll();
    this.tell();
  }

  /** Goes to a position, and plays on if it played. */
  seek(position: number): void {
    this.engaged = true;
    this.stand(Math.min(Math.max(position, 0), this.length));
    if (this.playing) this.hold(PATIENCE_AGAIN);
    this.followAll();
    this.tell();
  }

  /** By so many frames, halted. */
  step(frames: number): void {
    const last = Math.max(Math.round(this.length * FPS) - 1, 0);
    const frame = Math.floor(this.position * FPS + 1e-6) + frames;
    if (this.playing) this.pause();
    // The middle of a frame: at its edge a browser may show the one before.
    this.seek((Math.min(Math.max(frame, 0), last) + 0.5) / FPS);
  }

  setMuted(muted: boolean): void {
    this.muted = muted;
    for (const { video } of this.members.values()) video.muted = muted;
    this.tell();
  }

  setLength(length: number): void {
    if (length === this.length) return;
    this.length = length;
    this.tell();
  }

  end(): void {
    cancelAnimationFrame(this.frame);
    for (const member of [...this.members.values()]) member.leave();
    this.listeners.clear();
  }

  /** What has to be done now and then while playing; the browser calls it before each picture. */
  tick = (): void => {
    if (!this.playing) return;
    if (this.since === null && this.isReady()) this.since = this.now();
    if (this.position >= this.length && !this.atEnd()) return;
    this.followAll();
    this.tell();
    this.frame = requestAnimationFrame(this.tick);
  };

  /** Begins anew, or ends; gives whether it goes on. */
  private atEnd(): boolean {
    if (!this.loop) {
      this.pause();
      return false;
    }
    this.stand(0);
    this.hold(PATIENCE_AGAIN);
    return true;
  }

  private stand(position: number): void {
    this.base = position;
    this.since = null;
  }

  /** Has the clock stand until all are ready, but not for ever. */
  private hold(patience: number): void {
    this.stand(this.position);
    this.began = this.now();
    this.patience = this.began + patience;
    this.tell();
  }

  private isReady(): boolean {
    const now = this.now();
    if (now >= this.patience) return true;
    if (this.coming.size > 0) return false;
    const videos = [...this.members.values()].map(({ video }) => video);
    if (videos.length === 0) return now - this.began >= ARRIVAL;
    const at = this.base;
    return videos.every((video) => isPast(video, at) || isUp(video));
  }

  private followAll(): void {
    for (const member of this.members.values()) this.follow(member);
  }

  private follow(member: Member): void {
    const { video } = member;
    // One that seeks is looked at again when it is there.
    if (video.readyState < 1 || video.seeking) return;
    const at = this.position;
    const goes = this.playing && this.since !== null && !isPast(video, at);
    const drift = video.currentTime - Math.min(at, lastOf(video));
    if (!goes) {
      if (!video.paused) video.pause();
      if (Math.abs(drift) > 0.01) video.currentTime = Math.min(at, lastOf(video));
      return;
    }
    if (Math.abs(drift) > FAR && this.now() - member.moved > REST) {
      member.moved = this.now();
      video.currentTime = at;
    }
    const rate =
      Math.abs(drift) > NEAR ? 1 - Math.round(Math.min(Math.max(drift, -0.2), 0.2) * 50) / 50 : 1;
    if (video.playbackRate !== rate) video.playbackRate = rate;
    // Refused where a page may not make a sound yet: the clock goes on, and it is set to it.
    if (video.paused) video.play().catch(() => {});
  }

  private tell(): void {
    for (const listener of [...this.listeners]) listener();
  }
}

/** Whether it could go on; one that cannot be played is waited for by nobody. */
function isUp(video: HTMLVideoElement): boolean {
  return video.error !== null || (video.readyState >= ENOUGH && !video.seeking);
}

function lastOf(video: HTMLVideoElement): number {
  return Number.isFinite(video.duration) ? Math.max(video.duration - END, 0) : 0;
}

function isPast(video: HTMLVideoElement, position: number): boolean {
  return video.readyState >= 1 && position >= lastOf(video);
}
