import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type TextForm, useTextForm } from "./form";

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

let root: Root;
let form: TextForm<"name" | "note">;
let sent: unknown;
beforeEach(() => {
  const host = document.createElement("div");
  document.body.replaceChildren(host);
  root = createRoot(host);
  sent = undefined;
});
afterEach(() => act(() => root.unmount()));

function Form({ name }: { name: string }) {
  form = useTextForm({ name: { least: 1 }, note: {} }, { name, note: "" });
  return (
    <form
      onSubmit={form.handleSubmit(async (values) => {
        sent = values;
      })}
    >
      <input {...form.register("name")} />
      <textarea {...form.register("note")} />
    </form>
  );
}
const show = (name: string) => act(() => root.render(<Form name={name} />));
const input = () => document.querySelector("input") as HTMLInputElement;
const type = (text: string) =>
  act(() => {
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set?.call(input(), text);
    input().dispatchEvent(new Event("input", { bubbles: true }));
  });
const submit = () => act(async () => document.querySelector("form")?.requestSubmit());

it("is checked when it is sent, and with every change from then on", async () => {
  await show("");
  expect(form.formState.errors).toEqual({});
  await submit();
  expect(form.formState.errors).toEqual({ name: { type: "too_small" } });
  expect(document.activeElement).toBe(input());
  await type(" 云杉 ");
  expect(form.formState.errors).toEqual({});
  await submit();
  expect(sent).toEqual({ name: "云杉", note: "" });
});

it("new values show where nobody has typed, and what was typed stays", async () => {
  await show("甲");
  await show("乙");
  expect(input().value).toBe("乙");
  await type("丙");
  await show("丁");
  expect([input().value, form.formState.dirtyFields]).toEqual(["丙", { name: true }]);
  await act(() => form.reset());
  expect([input().value, form.formState.isDirty]).toEqual(["丁", false]);
});

it("a fault that the gateway told goes with the next change", async () => {
  await show("甲");
  await act(() => form.setError("name", { message: "taken" }));
  expect(form.formState.errors.name?.message).toBe("taken");
  await type("乙");
  expect(form.formState.errors).toEqual({});
});
