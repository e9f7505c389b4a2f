import { useEffect, useRef, useState } from "react";
import { address, send } from "../../api/client";
import type { JobEvent } from "../../api/types";
import { useLive } from "../../live/useLive";

/** All events of a job, read page by page, then as they come. */
export function useEvents(job: number): JobEvent[] {
  const [events, setEvents] = useState<JobEvent[]>([]);
  const last = useRef(0);
  const reading = useRef(false);
  const again = useRef(false);
  const read = async () => {
    again.current = true;
    if (reading.current) return;
    reading.current = true;
    try {
      while (again.current) {
        again.current = false;
        for (;;) {
          const page = await send<{ results: JobEvent[] }>("GET", address(`/jobs/${job}/events`, { after: last.current, limit: 500 }));
          if (!page.results.length) break;
          last.current = page.results.at(-1)!.seq;
          setEvents((old) => [...old, ...page.results]);
        }
      }
    } catch {
      // the next event or the timer reads again
    } finally {
      reading.current = false;
    }
  };
  useEffect(() => {
    last.current = 0;
    setEvents([]);
    void read();
    const timer = setInterval(() => void read(), 5000);
    return () => clearInterval(timer);
  }, [job]);
  useLive(`job.${job}`, () => void read());
  return events;
}
