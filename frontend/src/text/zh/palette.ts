export const palette = {
  palette: {
    title: "搜索与命令",
    placeholder: "密钥、页面、命令…",
    keys: "密钥",
    pages: "页面",
    commands: "命令",
    createUserKey: "新建用户密钥",
    none: "没有符合的内容",
    section: {
      routing: "设置：轮询与故障转移",
      health: "设置：健康与清理",
      quota: "设置：额度",
      answers: "设置：生成与提示",
      symbols: "设置：符号注入",
      records: "设置：文件与记录",
    },
  },
} as const;
