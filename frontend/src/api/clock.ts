/** The server's clock as seen from here: a screen on the shop floor may be minutes off. */

const LAG = 2_500; // ms that a Date header may be behind: whole seconds, renewed once a second

let least = -Infinity;
let most = Infinity;

/** Learn from the Date header of an answer; `sent` and `got` are this computer's. */
export function noteDate(date: string | null, sent: number, got: number): void {
  const said = Date.parse(date ?? "");
  if (Number.isNaN(said)) return;
  const [low, high] = [said - got, said + LAG - sent];
  const stepped = low > most || high < least;
  least = stepped ? low : Math.max(least, low);
  most = stepped ? high : Math.min(most, high);
}

/** Milliseconds to add to this computer's clock; 0 while it may be right. */
export function offset(): number {
  if (!Number.isFinite(least) || (least <= 0 && most >= 0)) return 0;
  return (least + most) / 2;
}

/** The server's time now, in ms. */
export const serverNow = (): number => Date.now() + offset();

/** Forget what was learnt. */
export function forgetClock(): void {
  least = -Infinity;
  most = Infinity;
}
