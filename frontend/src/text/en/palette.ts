export const palette = {
  palette: {
    title: "Search and commands",
    placeholder: "Keys, pages, commands…",
    keys: "Keys",
    pages: "Pages",
    commands: "Commands",
    createUserKey: "New user key",
    none: "Nothing matches",
    section: {
      routing: "Settings: routing and failover",
      health: "Settings: health and cleanup",
      quota: "Settings: quota",
      answers: "Settings: answers and prompts",
      symbols: "Settings: symbol injection",
      records: "Settings: files and records",
    },
  },
} as const;
