import { useEffect, useRef, type ReactNode } from "react";
import { useLocation } from "react-router-dom";

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
  const heading = useArrival();
  return (
    <>
      <header className="page-head">
        <h1 ref={heading} tabIndex={-1}>{title}</h1>
        {beside}
        {actions && <div className="actions">{actions}</div>}
      </header>
      {children}
    </>
  );
}

let last: string | null = null;

/** On another page the focus goes to its heading, so that a reader without a mouse starts there. */
function useArrival() {
  const heading = useRef<HTMLHeadingElement>(null);
  const { pathname } = useLocation();
  useEffect(() => {
    const first = last === null;
    const moved = last !== pathname;
    last = pathname;
    if (moved && !first) heading.current?.focus({ preventScroll: true });
  }, [pathname]);
  return heading;
}
