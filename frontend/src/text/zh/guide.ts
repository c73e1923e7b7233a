export const guide = {
  guide: {
    title: "三步开始转发请求",
    subtitle: "把 Gemini 密钥放进池子，网关就能替你的应用轮换使用。",
    step: "第 {{n}} 步",
    keys: "粘贴 Gemini 密钥",
    keysHint: "任意文本都行，密钥会自动识别。多个项目的密钥能叠加额度。",
    userKey: "创建访问密钥",
    userKeyHint: "应用用它来访问网关，可以随时停用或更换。",
    userKeyAction: "创建密钥",
    request: "发出第一个请求",
    requestHint: "兼容 OpenAI 的接口，把地址和密钥换掉就能用。",
    keysDone_other: "池子里有 {{count, number}} 个密钥",
    userKeysDone_other: "已有 {{count, number}} 个访问密钥",
    waiting: "正在等第一个请求",
  },
} as const;
