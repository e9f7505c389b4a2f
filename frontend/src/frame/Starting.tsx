import { Loader } from "@mantine/core";

/** Before anything is known. */
export function Starting() {
  return (
    <div className="centre">
      <Loader type="dots" color="gray" aria-label="…" />
    </div>
  );
}
