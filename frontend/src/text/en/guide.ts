export const guide = {
  guide: {
    title: "Three steps to the first request",
    subtitle: "Put Gemini keys into the pool, and the gateway takes turns with them for your apps.",
    step: "Step {{n}}",
    keys: "Paste Gemini keys",
    keysHint: "Any text will do, the keys are found in it. Keys of several projects add up their quota.",
    userKey: "Make an access key",
    userKeyHint: "Apps use it to reach the gateway. You can disable or replace it at any time.",
    userKeyAction: "Make a key",
    request: "Send the first request",
    requestHint: "The API speaks OpenAI: change the address and the key, and it works.",
    keysDone_one: "{{count, number}} key in the pool",
    keysDone_other: "{{count, number}} keys in the pool",
    userKeysDone_one: "{{count, number}} access key made",
    userKeysDone_other: "{{count, number}} access keys made",
    waiting: "Waiting for the first request",
  },
} as const;
