import { Select } from "@mantine/core";
import { IconBuildingFactory2 } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useLines, useSites } from "../api/queries";
import { useScope } from "../state/scope";

/** The site or line that narrows every page; kept in the address. */
export function ScopePicker() {
  const { t } = useTranslation("frame");
  const sites = useSites().data ?? [];
  const lines = useLines().data ?? [];
  const scope = useScope();
  const value = scope.line !== null ? `line.${scope.line}` : scope.site !== null ? `site.${scope.site}` : "all";
  const data = [
    { value: "all", label: t("scope.all") },
    ...sites.map((site) => ({
      group: site.name,
      items: [
        { value: `site.${site.id}`, label: t("scope.site", { name: site.name }) },
        ...lines
          .filter((line) => line.site === site.id)
          .map((line) => ({ value: `line.${line.id}`, label: line.name })),
      ],
    })),
  ];
  const pick = (chosen: string | null) => {
    const [kind, id] = (chosen ?? "all").split(".");
    const line = kind === "line" ? Number(id) : null;
    const site = kind === "site" ? Number(id) : (lines.find((each) => each.id === line)?.site ?? null);
    scope.setScope({ site, line });
  };
  return (
    <Select
      value={value}
      data={data}
      onChange={pick}
      allowDeselect={false}
      searchable={lines.length > 8}
      leftSection={<IconBuildingFactory2 size={16} />}
      aria-label={t("scope.label")}
      className="scope"
    />
  );
}
