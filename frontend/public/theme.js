// Sets theme and language, and asks for the language's words, before the first paint. A file of its own, because the content security policy forbids inline scripts.
(() => {
  const root = document.documentElement;
  const read = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null; // storage may be blocked; the system's choice then holds
    }
  };
  const chosen = read("theme");
  const light = chosen === "light" || (chosen !== "dark" && matchMedia("(prefers-color-scheme: light)").matches);
  root.dataset.theme = light ? "light" : "dark";
  const language = read("language") ?? navigator.language;
  root.lang = language.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
  const words = document.currentScript?.dataset[root.lang === "en" ? "en" : "zh"];
  if (words) document.head.append(Object.assign(document.createElement("link"), { rel: "modulepreload", href: words }));
  document.querySelector('meta[name="theme-color"]')?.setAttribute("content", light ? "#eef3f1" : "#101b1f");
})();
