// One to five stars: to see, and to give.

import { StarIcon } from "./icons";

const ALL = [1, 2, 3, 4, 5];

export function spokenStars(rating: number): string {
  return rating === 1 ? "1 star" : `${rating} stars`;
}

/** To see alone; whoever cannot is told in the words of what is around. */
export function Stars({ rating }: { rating: number }) {
  return (
    <span class="lk-h-stars" aria-hidden="true">
      {ALL.map((star) => (
        <StarIcon key={star} full={star <= rating} />
      ))}
    </span>
  );
}

interface RatingProps {
  rating: number | null;
  onRate: (stars: number | null) => void;
}

/** The star that is there already takes the rating away. */
export function Rating({ rating, onRate }: RatingProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div class="lk-h-stars lk-h-rating" role="group" aria-label="Rating">
      {ALL.map((star) => (
        <button
          key={star}
          type="button"
          class="lk-h-give"
          aria-label={star === rating ? `${spokenStars(star)}: take away` : spokenStars(star)}
          aria-pressed={star === rating}
          onClick={() => onRate(star === rating ? null : star)}
        >
          <StarIcon full={star <= (rating ?? 0)} />
        </button>
      ))}
    </div>
  );
}
