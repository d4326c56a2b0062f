// The few pictures of the studio, drawn in the colour of the text around them.

import type { ComponentChildren } from "preact";

function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg class="lk-s-icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      {children}
    </svg>
  );
}

export function DiceIcon() {
  return (
    <Icon>
      <rect class="lk-s-stroke" x="2.5" y="2.5" width="11" height="11" rx="2.5" />
      <circle cx="5.6" cy="5.6" r="1.1" />
      <circle cx="10.4" cy="5.6" r="1.1" />
      <circle cx="8" cy="8" r="1.1" />
      <circle cx="5.6" cy="10.4" r="1.1" />
      <circle cx="10.4" cy="10.4" r="1.1" />
    </Icon>
  );
}

export function CrossIcon() {
  return (
    <Icon>
      <path class="lk-s-stroke" d="M4.5 4.5l7 7m0-7l-7 7" />
    </Icon>
  );
}

export function ChevronIcon() {
  return (
    <Icon>
      <path class="lk-s-stroke" d="M4.5 6.5L8 10l3.5-3.5" />
    </Icon>
  );
}

export function PictureIcon() {
  return (
    <Icon>
      <rect class="lk-s-stroke" x="1.8" y="2.8" width="12.4" height="10.4" rx="1.5" />
      <circle cx="5.4" cy="6.2" r="1.2" />
      <path class="lk-s-stroke" d="M2.5 12l3.6-3.4 2.2 2 3-3.2 2.6 2.6" />
    </Icon>
  );
}

export function CheckIcon() {
  return (
    <Icon>
      <path class="lk-s-stroke" d="M3.5 8.5l3 3 6-6.5" />
    </Icon>
  );
}

export function PlayIcon() {
  return (
    <Icon>
      <rect class="lk-s-stroke" x="1.8" y="3" width="12.4" height="10" rx="1.5" />
      <path d="M6.7 5.700v4.600L10.500 8z" />
    </Icon>
  );
}
