import { ActionIcon, Loader, Popover, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router-dom";
import { Problem } from "../parts/Problem";
import { SCOPED, useScope } from "../state/scope";
import { addressOf } from "./find";

/** One unit, lot or job by its name. On a phone behind a sign. */
export function Search() {
  const { t } = useTranslation("frame");
  const [open, setOpen] = useState(false);
  return (
    <>
      <div className="hide-phone" style={{ width: 240 }}><Field onFound={() => undefined} /></div>
      <Popover opened={open} onChange={setOpen} trapFocus width="calc(100vw - 32px)" position="bottom" shadow="md">
        <Popover.Target>
          <ActionIcon className="only-phone" onClick={() => setOpen(!open)} aria-label={t("search")} aria-expanded={open}><IconSearch size={20} stroke={1.6} /></ActionIcon>
        </Popover.Target>
        <Popover.Dropdown><Field onFound={() => setOpen(false)} /></Popover.Dropdown>
      </Popover>
    </>
  );
}

function Field({ onFound }: { onFound: () => void }) {
  const { t } = useTranslation("frame");
  const [words, setWords] = useState("");
  const go = useNavigate();
  const scope = useScope();
  const find = useMutation({
    mutationFn: () => addressOf(words.trim(), { site: scope.site, line: scope.line }),
    onSuccess: (to) => {
      setWords("");
      onFound();
      go(to, { state: SCOPED });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (words.trim() && !find.isPending) find.mutate();
  };
  return (
    <form onSubmit={submit} role="search">
      <TextInput value={words} onChange={(event) => setWords(event.currentTarget.value)} placeholder={t("search")} aria-label={t("search")}
        leftSection={find.isPending ? <Loader size={14} /> : <IconSearch size={16} />} />
      <Problem error={find.error} />
    </form>
  );
}
