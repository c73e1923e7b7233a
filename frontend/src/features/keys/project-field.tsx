import { useQuery } from "@tanstack/react-query";
import { type ComponentProps, useId } from "react";
import { TextField } from "@/ui/field";
import { useDebounced } from "@/ui/use-debounced";
import { projectsQuery } from "./queries";

const pauseMs = 250;

/** A project's name, typed or chosen among those there are whose name holds what is typed. */
export function ProjectField({ value, ...field }: Omit<ComponentProps<typeof TextField>, "list"> & { value: string }) {
  const projects = useQuery(projectsQuery(useDebounced(value.trim(), pauseMs)));
  const listId = useId();
  return (
    <>
      <TextField list={listId} autoComplete="off" value={value} {...field} />
      <datalist id={listId}>
        {projects.data?.items.map(({ name }) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </>
  );
}
