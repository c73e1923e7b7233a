import { useQuery } from "@tanstack/react-query";
import { ChevronDown } from "lucide-react";
import { useText } from "@/text/i18n";
import { Menu, MenuChoice } from "@/ui/menu";
import { type Part, partsQuery, type Range } from "./queries";

const everything = "all";

interface TrafficPartProps {
  range: Range;
  part: Part | undefined;
  onPart: (part: Part | undefined) => void;
}

/** Whose traffic the chart draws: everybody's, or that of one model, Gemini key or user key among the busiest of the range. */
export function TrafficPart({ range, part, onPart }: TrafficPartProps) {
  const { t } = useText();
  // Only a part has a name to be looked up; the menu asks when it opens.
  const found = useQuery({ ...partsQuery(range), enabled: part !== undefined }).data;
  const all = t("console.chart.everything");
  const name = part
    ? (found?.find((one) => valueOfPart(one.part) === valueOfPart(part))?.name ??
      part.model ??
      `#${part.gemini_key_id ?? part.user_key_id}`)
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
      <Choices range={range} part={part} onPart={onPart} />
    </Menu>
  );
}

function Choices({ range, part, onPart }: TrafficPartProps) {
  const { t } = useText();
  const found = useQuery(partsQuery(range)).data ?? [];
  const choose = (value: string) => onPart(found.find((one) => valueOfPart(one.part) === value)?.part);
  return (
    <>
      <MenuChoice
        label={t("console.chart.part")}
        value={valueOfPart(part)}
        options={[{ value: everything, label: t("console.chart.everything") }]}
        onChange={choose}
      />
      {(["model", "key", "user"] as const).map((kind) => {
        const options = found.filter((one) => one.kind === kind).map((one) => ({ value: valueOfPart(one.part), label: one.name }));
        return (
          options.length > 0 && (
            <MenuChoice key={kind} label={t(`console.chart.by.${kind}`)} value={valueOfPart(part)} options={options} onChange={choose} />
          )
        );
      })}
    </>
  );
}

function valueOfPart(part: Part | undefined): string {
  if (!part) return everything;
  return Object.entries(part).flat().join(":");
}
