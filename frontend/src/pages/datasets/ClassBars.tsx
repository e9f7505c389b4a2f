import { number } from "../../parts/format";

/** How often each class is annotated, as bars against the most frequent. */
export function ClassBars({ classes }: { classes: { name: string; colour: string; findings: number }[] }) {
  const top = Math.max(1, ...classes.map((each) => each.findings));
  return (
    <div style={{ display: "grid", gap: 4, marginTop: 12 }}>
      {classes.map((each) => (
        <div key={each.name} className="small" style={{ display: "grid", gridTemplateColumns: "110px 1fr 44px", gap: 8, alignItems: "center" }}>
          <span className="ellipsis">{each.name}</span>
          <span style={{ height: 8, width: `${(each.findings / top) * 100}%`, background: each.colour, borderRadius: 2, minWidth: 2 }} />
          <span style={{ textAlign: "right" }}>{number(each.findings)}</span>
        </div>
      ))}
    </div>
  );
}
