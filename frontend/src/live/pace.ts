/** Acting on events without drowning in them. */

const SPREAD = 250; // ms over which many windows spread their first answer to one event

export interface Paced {
  soon: () => void;
  stop: () => void;
}

/** At most one call each `gap` ms, none while the last still runs; whatever came meanwhile is one more. */
export function paced(act: () => unknown, gap: number, random: () => number = Math.random): Paced {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last = -Infinity;
  let busy = false;
  let wanted = false;
  let stopped = false;
  const run = async () => {
    timer = undefined;
    wanted = false;
    busy = true;
    last = Date.now();
    try {
      await act();
    } finally {
      busy = false;
      if (wanted) soon();
    }
  };
  const soon = () => {
    wanted = true;
    if (busy || stopped || timer !== undefined) return;
    const rest = last + gap - Date.now();
    const wait = rest > 0 ? rest * (1 + random() / 4) : random() * SPREAD;
    timer = setTimeout(() => void run(), wait);
  };
  const stop = () => {
    stopped = true;
    clearTimeout(timer);
  };
  return { soon, stop };
}
