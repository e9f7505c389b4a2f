import { useMediaQuery } from "@mantine/hooks";

/** Whether the screen is as narrow as a phone's. */
export const useNarrow = () => useMediaQuery("(max-width: 760px)") ?? false;
