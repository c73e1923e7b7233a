import { useQuery } from "@tanstack/react-query";
import { ChevronDown } from "lucide-react";
import { useText } from "@/text/i18n";
import { Menu, MenuChoice } from "@/ui/menu";
import { type NamedPart, type Part, partsQuery, type Range } from "./queries";

const everything = "all";

interface TrafficPartProps {
  range: Range;
  part: Part | undefined;
  onPart: (part: Part | undefined) => void;
}

/** Whose traffic the chart draws: everybody's, or that of one model, Gemini key or user key among the busiest of the range. */
export function TrafficPart({ range, part, onPart }: TrafficPartProps) {
  const { t } = useText();
  const parts = useQuery(partsQuery(range)).data;
  const groups = [
    { label: t("console.chart.byModel"), parts: parts?.models ?? [] },
    { label: t("console.chart.byKey"), parts: parts?.keys ?? [] },
    { label: t("console.chart.byUser"), parts: parts?.users ?? [] },
  ].filter((group) => group.parts.length > 0);
  const all = t("console.chart.everything");
  const known = groups.flatMap((group): NamedPart[] => group.parts);
  const choose = (value: string) => onPart(known.find((one) => valueOfPart(one.part) === value)?.part);
  const name = part
    ? (known.find((one) => valueOfPart(one.part) === valueOfPart(part))?.name ?? part.model ?? `#${part.gemini_key_id ?? part.user_key_id}`)
    : all;
  return (
    <Menu
      trigger={
        <button type="button" className="btn btn-ghost btn-small max-w-44 min-w-0" aria-label={t("console.chart.whose", { part: name })}>
          <span className="cut">{name}</span>
          <ChevronDown size={14} className="flex-none" aria-hidden />
        </button>
      }
    >
      <MenuChoice
        label={t("console.chart.part")}
        value={valueOfPart(part)}
        options={[{ value: everything, label: all }]}
        onChange={choose}
      />
      {groups.map((group) => (
        <MenuChoice
          key={group.label}
          label={group.label}
          value={valueOfPart(part)}
          options={group.parts.map((one) => ({ value: valueOfPart(one.part), label: one.name }))}
          onChange={choose}
        />
      ))}
    </Menu>
  );
}

function valueOfPart(part: Part | undefined): string {
  if (!part) return everything;
  return Object.entries(part).flat().join(":");
}
