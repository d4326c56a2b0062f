// One to five stars: to see, and to give.

const ALL = [1, 2, 3, 4, 5];
// On a grid of 16, in colours of its own.
const STAR = "M8 1.5l1.9 4 4.4.6-3.2 3.1.8 4.4L8 11.5l-3.9 2.1.8-4.4-3.2-3.1 4.4-.6z";

export function spokenStars(rating: number): string {
  return rating === 1 ? "1 star" : `${rating} stars`;
}

/** To see alone; whoever cannot is told in the words of what is around. */
export function Stars({ rating }: { rating: number }) {
  return (
    <span class="lk-stars" aria-hidden="true">
      {ALL.map((star) => (
        <Star key={star} on={star <= rating} />
      ))}
    </span>
  );
}

interface RatingProps {
  rating: number | null;
  /** Whether Tab leads to it. */
  reachable?: boolean;
  /** The star that is there already takes the rating away. */
  onRate: (rating: number | null) => void;
}

export function Rating({ rating, reachable = true, onRate }: RatingProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <span class="lk-stars lk-rating" role="group" aria-label="Rating">
      {ALL.map((star) => (
        <button
          key={star}
          type="button"
          aria-label={star === rating ? `${spokenStars(star)}: take away` : spokenStars(star)}
          aria-pressed={star === rating}
          tabIndex={reachable ? 0 : -1}
          onClick={() => onRate(star === rating ? null : star)}
        >
          <Star on={star <= (rating ?? 0)} />
        </button>
      ))}
    </span>
  );
}

function Star({ on }: { on: boolean }) {
  return (
    <svg
      class={on ? "lk-star lk-star--on" : "lk-star"}
      viewBox="0 0 16 16"
      aria-hidden="true"
      focusable="false"
    >
      <path d={STAR} />
    </svg>
  );
}
