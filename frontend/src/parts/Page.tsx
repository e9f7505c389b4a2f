import { useEffect, type ReactNode } from "react";

interface Props {
  title: string;
  /** What stands beside the title: a state, a count. */
  beside?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** A page's heading with its one main action at the right. */
export function Page({ title, beside, actions, children }: Props) {
  useEffect(() => {
    document.title = `${title} · Kizu`;
  }, [title]);
  return (
    <>
      <header className="page-head">
        <h1>{title}</h1>
        {beside}
        {actions && <div className="actions">{actions}</div>}
      </header>
      {children}
    </>
  );
}
