/** A line of NG rates by five minutes, with the target dashed. No axis: a shape, not a reading. */
export function Spark({ steps, target, height = 40 }: {
  steps: { t: string; n: number; ng: number }[];
  target: number | null;
  height?: number;
}) {
  const rates = steps.map((step) => (step.n ? step.ng / step.n : null));
  const top = Math.max(0.02, (target ?? 0) * 1.5, ...rates.map((rate) => rate ?? 0)) * 1.1;
  const x = (index: number) => (index / Math.max(steps.length - 1, 1)) * 100;
  const y = (rate: number) => height - 2 - (rate / top) * (height - 4);
  const runs: string[] = [];
  let run = "";
  rates.forEach((rate, index) => {
    if (rate === null) {
      if (run) runs.push(`${run}h0`); // a step between two gaps is a dot
      run = "";
      return;
    }
    run += `${run ? "L" : "M"}${x(index).toFixed(2)},${y(rate).toFixed(2)}`;
  });
  if (run) runs.push(`${run}h0`);
  return (
    <svg viewBox={`0 0 100 ${height}`} preserveAspectRatio="none" width="100%" height={height} aria-hidden>
      <line x1="0" x2="100" y1={height - 1} y2={height - 1} stroke="var(--line)" vectorEffect="non-scaling-stroke" />
      {target !== null && (
        <line x1="0" x2="100" y1={y(target)} y2={y(target)} stroke="var(--line-strong)" strokeDasharray="4 4" vectorEffect="non-scaling-stroke" />
      )}
      {runs.map((path) => (
        <path key={path} d={path} fill="none" stroke="var(--accent)" strokeWidth="2" strokeLinecap="round" vectorEffect="non-scaling-stroke" />
      ))}
    </svg>
  );
}
