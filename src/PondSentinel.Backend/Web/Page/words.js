"use strict";

// What the pages say, in each language; what rules, gateways and people have written is in their words.
const WORDS = {
  en: {
    name: "English", other: "中文", otherLang: "zh",
    back: "Back to what is now", beside: "Beside it", none: "nothing", csv: "Save as CSV", csvSecond: "Save the other as CSV", until: "until",
    help: "Drag over the chart to look closer, with two fingers too; wheel or + and − to zoom, ← and → to move, with Shift from point to point, Home for all up to now.",
    spans: "How long", moves: "Move and zoom", earlier: "Earlier", later: "Later", closer: "Closer", wider: "Wider", now: "Up to now",
    "1h": "1 h", "6h": "6 h", "1d": "1 d", "7d": "7 d", "30d": "30 d", "1y": "1 y",
    loading: "Reading…", failed: "The backend does not answer. Trying again…",
    value: "value", range: "lowest to highest", limit: "limit", suspect: "suspect", bad: "bad", missing: "no data", good: "good", unchecked: "unchecked",
    calibration: "calibration", maintenance: "maintenance", sample: "grab sample", alert: "alert",
    limits: "Limits", calibrations: "Calibrations", maintenances: "Maintenance", samples: "Grab samples", alerts: "Alerts",
    probe: "probe", noProbe: "the probe has no value within 15 min", difference: "difference", before: "before", after: "after",
    compass: "N NE E SE S SW W NW", together: "Goes with it", comparedWith: "Compare with",
    above: "above", below: "below", of: "of", statistic: "held against", outside: "not within this picture",
    refused: "refused", accepted: "accepted", by: "by", goesOn: "goes on", worst: "worst", nothing: "There are no values in this stretch.",
    each: "each point stands for", points: "values", from: "from", to: "to", lowest: "lowest", highest: "highest", lacking: "stretches without data",
    firing: "firing", over: "over", withdrawn: "withdrawn", silent: "not told", waiting: "waits",
    seconds: "s", minutes: "min", hours: "h", days: "d",
    and: ", ", between: "; ",

    connecting: "Connecting…", lost: "Not connected", live: "Live", noLink: "No connection to the backend. Trying again…",
    noLinkSince: "No connection to the backend. What you see is from {at}. Trying again…",
    completeness: "Completeness", gateways: "Gateways", site: "Site", report: "Report {month}",
    foot: "Backend {backend}. Values are provisional. Ages count from the measurement; what a gateway says of its buffer and clock is from its last health message.",
    full: "There are more gateways or channels than fit here: some are missing on this page, though not in the store.",
    ago: "{span} ago", measuredAgo: "measured {span} ago", plain: "{span}",
    flag_good: "good data", flag_unchecked: "unchecked data", flag_suspect: "suspect data", flag_bad: "bad data", flag_missing: "no data", flag_old: "old data",
    lastNumber: "last number {value}, ", indicative: "indicative, not for compliance",
    hoursLack: "{hours} of {length} hours, {needed} are needed", hoursOf: "of {hours} of {length} hours",
    pending: "pending", clearing: "clearing", info: "info", medium: "medium", high: "high", urgent: "urgent",
    pendingNote: "Beyond the limit, but not yet for long enough to raise the alarm.",
    clearingNote: "Back within the limit, but not yet for long enough to end the alarm.",
    alarmAt: "alarm {side} {limit}", worstIs: "worst {value}", noValue: "no value", since: "since {at}, ", placeOf: "{place}, site {site}", toDo: "What to do: ",
    ruleName: "rule {rule}", overTitle: "Over in the last 24 hours",
    overText: "at {place}: worst {worst}, alarm {side} {limit}. From {since} to {until}, for {span}.",
    noRule: "There is no rule, so nothing can raise an alert.",
    rulesWait: "{n} rules wait for a channel to watch: none has been seen that any of them is about.",
    rulesWait1: "{n} rule waits for a channel to watch: none has been seen that any of them is about.",
    within: "All within limits. {rules} {values}.", rulesWatch: "{n} rules watch", rulesWatch1: "{n} rule watches", values: "{n} values", values1: "{n} value",
    on: "on", stopped: "stopped", offline: "offline", lastHeard: "Last heard", never: "never", health: "Health", notSaid: "not said yet",
    buffer: "Buffer", nothingWaits: "nothing waits", recordsWait: "{n} records wait, {bytes}", recordsWait1: "{n} record waits, {bytes}",
    oldestWaiting: "Oldest waiting", isOld: "{span} old", roomUsed: "Room used", roomOf: "{used} of {room}", card: "Card", lostRecords: "Lost", lostNone: "none",
    timeFrom: "Time from", nobodyYet: "nobody yet", clockWithin: "{clock}, within {span}", healthFrom: "Health from", version: "Version",
    offlineNote: "Silent for longer than it ever should be. Check its power and its link; what it measures waits in its buffer.",
    noGateway: "No gateway has been heard yet. Set [uplink] of a gateway to this machine's broker and start it with: pond-gateway run. To try it without any probe: pond-sim demo.",
    dueTitle: "Calibrations due", overdue: "overdue by {span}", dueIn: "due in {span}", calibratedAt: "calibrated {at}",
    byCause: "By cause", fates: "what became of the polls", today: "today", month: "31 days", pollsDue: "polls due", cameLate: "came late", beyond: "beyond the schedule",
    todayIs: "Today: {text}", monthIs: "Last 31 days: {text}",
    nothingDue: "Of {n} channels nothing was due in 31 days.", nothingDue1: "Of {n} channel nothing was due in 31 days.",
    moreChannels: "{n} more complete channels are not shown; pond-backend ledger lists all.",
    moreChannels1: "{n} more complete channel is not shown; pond-backend ledger lists all.",

    what: "What", forHowLong: "For", whoAreYou: "Who are you?", note: "Note", why: "Why", cancel: "Cancel", signOut: "Sign out",
    for_1800000: "30 min", for_3600000: "1 h", for_7200000: "2 h", for_28800000: "8 h", for_86400000: "1 d", for_604800000: "7 d",
    acknowledge: "Acknowledge", acknowledged: "acknowledged", byWho: " by {by}, ", silence: "Silence", silenceDots: "Silence…", silenced: "silenced",
    untilAt: " until {at}", silenceAbout: "{about}. What still fires afterwards is told then.",
    ofRule: "this alarm's rule at this station ({rule}, {station})", ofDevice: "all of this device ({device})", ofStation: "all of this station ({station})",
    silencedLine: " {what} until {at}, by {by}: {why}", endIt: "End it", endSilence: "End the silence",
    is_rule: "rule {name}", is_site: "site {name}", is_station: "station {name}", is_device: "device {name}",
    deskFailed: "The backend does not answer; nothing was changed, or it is not known. Try again.",

    lettersTitle: "What the store refused", lettersAbout: "Values that came and that the store did not take. Mend the cause, then give them to it again; what it refuses once more comes back here.",
    measuredFromTo: "measured from {first} to {last}", measuredAt: "measured {first}", colon: ": ", give: "Give to the store again", giveDots: "Give to the store again…",
    giveAbout: "All that it refused on {n} days, from {from} to {to}.", giveAbout1: "All that it refused on {from}.",
    lettersWaiting: "{n} days are being given to the store.", lettersWaiting1: "One day is being given to the store.",
    lettersUnread: "{n} more days are too large to be counted here; they are given along. pond-backend dead-letters list counts them.",
    lettersUnread1: "One more day is too large to be counted here; it is given along. pond-backend dead-letters list counts it.",
    lettersTorn: "{n} lines are torn or damaged.", lettersTorn1: "One line is torn or damaged.",
    lettersMore: "{n} more channels and causes are not shown; pond-backend dead-letters list tells of all.",
    lettersMore1: "One more channel and cause is not shown; pond-backend dead-letters list tells of all.",
    wholeTitle: "Messages refused whole", wholeAbout: "Kept as they came. After an update, or once the cause is mended, a day can be taken in once more; what is stored is passed over.",
    wholeMessages: "{n} messages", wholeMessages1: "1 message", stand: "{n} records ({words})", stand1: "1 record ({words})", noNumber: "{n} without a number that can be read", noNumber1: "1 without a number that can be read",
    take: "Take in once more", takeDots: "Take in once more…", takeAbout: "The messages of {day} that were refused.",
    dayWaits: "Being taken in; the backend's journal says what came of it.", dayTooLarge: "Too large to be looked through here; pond-backend refused list does.",
    olderDays: "{n} older days are not shown; pond-backend refused list tells of all.", olderDays1: "One older day is not shown; pond-backend refused list tells of all.",

    accounts: "Accounts", ownTitle: "Your account", allAccounts: "All accounts", addAccount: "Add an account", auditTitle: "What was done",
    accountName: "Name", role: "Role", role_viewer: "viewer", role_operator: "operator", role_admin: "admin",
    may_viewer: "viewer: reads", may_operator: "operator: also takes alarms on, silences, and gives in once more what was refused", may_admin: "admin: also changes accounts",
    byProxyOnly: "Without a password: only the proxy speaks for them", byProxy: "by the proxy", you: "you",
    newPassword: "New password", onceMore: "Once more", ownPassword: "Your own password",
    passwordRule: "12 characters or more; four or five words that do not go together.",
    passwordLength: "A password has 12 to 128 characters.", passwordsDiffer: "These are two different passwords.",
    passwordGuessed: "This password is guessed at once: it has the name in it, or hardly any different characters.",
    nameRule: "A name has 1 to 64 letters and digits, and . - _ @ after the first.", nameTaken: "There is an account of that name already.",
    ownWrong: "Your own password is wrong.", tooMany: "Too many tries. Wait {seconds} s and try again.",
    noSession: "not signed in", oneSession: "signed in once, last seen {at}", sessions: "signed in {n} times, last seen {at}", madeAt: "since {at}",
    lastAdmin: "The last admin: make another one before this one is changed.",
    changeRole: "Change role", setPassword: "Set a new password", endSessions: "Sign out everywhere", remove: "Remove", add: "Add", change: "Change",
    setPasswordAbout: "Of {name}, who is then signed out everywhere.", endSessionsAbout: "{name} may sign in again.", removeAbout: "{name} is signed out and may sign in no more. What they did stays with their name.",
    addAbout: "The name stands beside all that somebody does.", changeOwn: "Change your password", changeOwnAbout: "You are then signed out everywhere else.",
    atMachine: "You sit at the backend's machine and have not signed in. Sign in to change accounts, or use pond-backend account.", youAre: "{name}, {role}",
    signIn: "Sign in", didIt: "Done: {what}, {who}",
    "way_command line": "command", "way_this machine": "this machine", "way_signed in": "page", way_proxy: "proxy",
    "act_signed in": "signed in", "act_sign-in refused": "was not let in", "act_signed out": "signed out", "act_account added": "added an account:",
    "act_role changed": "changed a role:", "act_password changed": "changed a password:", "act_account removed": "removed an account:",
    act_acknowledged: "took an alarm on:", act_silenced: "silenced:", act_unsilenced: "ended a silence:", "act_sessions ended": "ended sessions:",
    "act_own password refused": "gave a wrong own password:", act_resubmitted: "resubmitted:", act_tested: "sent a test:",
    "act_gateway retired": "retired a gateway:", "act_gateway reinstated": "reinstated a gateway:", act_restored: "put a backup back:", act_recomputed: "recomputed:",
  },
  zh: {
    name: "中文", other: "English", otherLang: "en",
    back: "返回实时页面", beside: "对比", none: "无", csv: "导出 CSV", csvSecond: "导出对比通道 CSV", until: "至",
    help: "在图上拖动可放大，也可用双指；滚轮或 + − 缩放，← → 移动，按住 Shift 逐点查看，Home 回到当前。",
    spans: "时间跨度", moves: "移动与缩放", earlier: "更早", later: "更晚", closer: "放大", wider: "缩小", now: "到现在",
    "1h": "1 小时", "6h": "6 小时", "1d": "1 天", "7d": "7 天", "30d": "30 天", "1y": "1 年",
    loading: "读取中…", failed: "后台无响应，正在重试…",
    value: "数值", range: "最低至最高", limit: "限值", suspect: "可疑", bad: "不合格", missing: "缺测", good: "合格", unchecked: "未检验",
    calibration: "校准", maintenance: "维护", sample: "人工取样", alert: "报警",
    limits: "限值", calibrations: "校准", maintenances: "维护", samples: "人工取样", alerts: "报警",
    probe: "探头", noProbe: "探头在 15 分钟内无数值", difference: "差值", before: "前", after: "后",
    compass: "北 东北 东 东南 南 西南 西 西北", together: "相关通道", comparedWith: "对比：",
    above: "高于", below: "低于", of: "", statistic: "比较对象", outside: "不在本图范围内",
    refused: "未通过", accepted: "通过", by: "操作人", goesOn: "持续中", worst: "最严重值", nothing: "该时段没有数据。",
    each: "每点代表", points: "个数值", from: "自", to: "至", lowest: "最低", highest: "最高", lacking: "缺测时段数",
    firing: "报警中", over: "已结束", withdrawn: "已撤回", silent: "未通知", waiting: "等待",
    seconds: "秒", minutes: "分钟", hours: "小时", days: "天",
    and: "、", between: "；",

    connecting: "正在连接…", lost: "未连接", live: "实时", noLink: "与后台的连接中断，正在重试…",
    noLinkSince: "与后台的连接中断，以下为 {at} 的内容。正在重试…",
    completeness: "数据完整率", gateways: "网关", site: "站区", report: "月报 {month}",
    foot: "后台 {backend}。数据未经审核。时长自测量时刻起算；网关的缓存和时钟情况来自其最近一次健康报文。",
    full: "网关或通道数超出本页容量：部分未在此显示，但均已入库。",
    ago: "{span}前", measuredAgo: "{span}前测得", plain: "{span}",
    flag_good: "数据合格", flag_unchecked: "数据未检验", flag_suspect: "数据可疑", flag_bad: "数据不合格", flag_missing: "缺测", flag_old: "数据过期",
    lastNumber: "最近数值 {value}，", indicative: "指示性数据，不用于达标判定",
    hoursLack: "{length} 小时中有效 {hours} 小时，至少需要 {needed} 小时", hoursOf: "{length} 小时中有效 {hours} 小时",
    pending: "待确认", clearing: "恢复中", info: "提示", medium: "一般", high: "重要", urgent: "紧急",
    pendingNote: "已超过限值，但持续时间尚不足以报警。",
    clearingNote: "已回到限值以内，但持续时间尚不足以解除报警。",
    alarmAt: "{side} {limit} 报警", worstIs: "最严重值 {value}", noValue: "无数值", since: "{at} 起，已持续 ", placeOf: "{place}，站区 {site}", toDo: "处置措施：",
    ruleName: "规则 {rule}", overTitle: "最近 24 小时内已结束",
    overText: "（{place}）：最严重值 {worst}，{side} {limit} 报警。{since} 至 {until}，持续 {span}。",
    noRule: "没有规则，因此不会报警。",
    rulesWait: "{n} 条规则尚无可监控的通道：未见到与其相关的通道。",
    rulesWait1: "{n} 条规则尚无可监控的通道：未见到与其相关的通道。",
    within: "均在限值以内。{rules} {values}。", rulesWatch: "{n} 条规则监控", rulesWatch1: "{n} 条规则监控", values: "{n} 个数值", values1: "{n} 个数值",
    on: "在线", stopped: "已停止", offline: "离线", lastHeard: "最近通信", never: "从未", health: "健康", notSaid: "尚未报告",
    buffer: "缓存", nothingWaits: "无待传", recordsWait: "{n} 条待传，{bytes}", recordsWait1: "{n} 条待传，{bytes}",
    oldestWaiting: "最早待传", isOld: "已 {span}", roomUsed: "已用空间", roomOf: "{used} / {room}", card: "存储卡", lostRecords: "丢失", lostNone: "无",
    timeFrom: "时间来源", nobodyYet: "尚无", clockWithin: "{clock}，误差不超过 {span}", healthFrom: "健康报文", version: "版本",
    offlineNote: "失联时间已超出正常范围。请检查供电和通信；测得的数据保存在其缓存中。",
    noGateway: "尚未收到任何网关的数据。请将网关的 [uplink] 指向本机的消息服务器，并运行：pond-gateway run。无探头试用：pond-sim demo。",
    dueTitle: "待校准", overdue: "已逾期 {span}", dueIn: "{span}后到期", calibratedAt: "上次校准 {at}",
    byCause: "按原因", fates: "应测次数的去向", today: "今日", month: "31 天", pollsDue: "应测次数", cameLate: "迟到", beyond: "计划外",
    todayIs: "今日：{text}", monthIs: "最近 31 天：{text}",
    nothingDue: "{n} 个通道在 31 天内没有应测次数。", nothingDue1: "{n} 个通道在 31 天内没有应测次数。",
    moreChannels: "另有 {n} 个完整率更高的通道未显示；pond-backend ledger 列出全部。",
    moreChannels1: "另有 {n} 个完整率更高的通道未显示；pond-backend ledger 列出全部。",

    what: "范围", forHowLong: "时长", whoAreYou: "您的姓名", note: "备注", why: "原因", cancel: "取消", signOut: "退出",
    for_1800000: "30 分钟", for_3600000: "1 小时", for_7200000: "2 小时", for_28800000: "8 小时", for_86400000: "1 天", for_604800000: "7 天",
    acknowledge: "确认", acknowledged: "已确认", byWho: " {by}，", silence: "静默", silenceDots: "静默…", silenced: "已静默",
    untilAt: " 至 {at}", silenceAbout: "{about}。静默结束时仍在报警的，届时通知。",
    ofRule: "本站点的这条规则（{rule}，{station}）", ofDevice: "该设备的全部报警（{device}）", ofStation: "该站点的全部报警（{station}）",
    silencedLine: " {what}，至 {at}，{by}：{why}", endIt: "结束", endSilence: "结束静默",
    is_rule: "规则 {name}", is_site: "站区 {name}", is_station: "站点 {name}", is_device: "设备 {name}",
    deskFailed: "后台无响应：未作更改，或结果未知。请重试。",

    lettersTitle: "数据库拒收的数值", lettersAbout: "已收到但数据库未接受的数值。排除原因后可再次提交；再次被拒的会回到此处。",
    measuredFromTo: "测量时间 {first} 至 {last}", measuredAt: "测量时间 {first}", colon: "：", give: "再次提交数据库", giveDots: "再次提交数据库…",
    giveAbout: "{from} 至 {to} 共 {n} 天被拒收的全部数值。", giveAbout1: "{from} 被拒收的全部数值。",
    lettersWaiting: "{n} 天的数值正在提交数据库。", lettersWaiting1: "{n} 天的数值正在提交数据库。",
    lettersUnread: "另有 {n} 天数据量过大，未在此统计，会一并提交；可用 pond-backend dead-letters list 统计。",
    lettersUnread1: "另有 {n} 天数据量过大，未在此统计，会一并提交；可用 pond-backend dead-letters list 统计。",
    lettersTorn: "{n} 行已损坏。", lettersTorn1: "{n} 行已损坏。",
    lettersMore: "另有 {n} 组通道和原因未显示；可用 pond-backend dead-letters list 查看。", lettersMore1: "另有 {n} 组通道和原因未显示；可用 pond-backend dead-letters list 查看。",
    wholeTitle: "整条拒收的报文", wholeAbout: "按收到的原样保存。升级版本或排除原因后，可将某一天重新接收；已入库的会跳过。",
    wholeMessages: "{n} 条报文", wholeMessages1: "{n} 条报文", stand: "{n} 条记录（{words}）", stand1: "{n} 条记录（{words}）", noNumber: "{n} 条无法读出编号", noNumber1: "{n} 条无法读出编号",
    take: "重新接收", takeDots: "重新接收…", takeAbout: "{day} 被拒收的报文。",
    dayWaits: "正在重新接收；结果见后台日志。", dayTooLarge: "数据量过大，未在此查看；可用 pond-backend refused list 查看。",
    olderDays: "另有更早的 {n} 天未显示；可用 pond-backend refused list 查看。", olderDays1: "另有更早的 {n} 天未显示；可用 pond-backend refused list 查看。",

    accounts: "账户", ownTitle: "您的账户", allAccounts: "全部账户", addAccount: "新建账户", auditTitle: "操作记录",
    accountName: "用户名", role: "角色", role_viewer: "查看者", role_operator: "操作员", role_admin: "管理员",
    may_viewer: "查看者：只读", may_operator: "操作员：可确认报警、设置静默、重新提交被拒数据", may_admin: "管理员：还可管理账户",
    byProxyOnly: "不设密码：仅由代理代为登录", byProxy: "经代理登录", you: "本人",
    newPassword: "新密码", onceMore: "再次输入", ownPassword: "您本人的密码",
    passwordRule: "至少 12 个字符；建议使用四五个互不相关的词。",
    passwordLength: "密码须为 12 至 128 个字符。", passwordsDiffer: "两次输入的密码不一致。",
    passwordGuessed: "该密码极易被猜中：包含用户名，或几乎没有不同的字符。",
    nameRule: "用户名为 1 至 64 个字母、汉字或数字，首字符之后还可用 . - _ @。", nameTaken: "该用户名已存在。",
    ownWrong: "您本人的密码错误。", tooMany: "尝试次数过多，请在 {seconds} 秒后重试。",
    noSession: "未登录", oneSession: "已登录 1 处，最近使用 {at}", sessions: "已登录 {n} 处，最近使用 {at}", madeAt: "创建于 {at}",
    lastAdmin: "最后一名管理员：须先设置另一名管理员，才能更改此账户。",
    changeRole: "更改角色", setPassword: "设置新密码", endSessions: "全部退出登录", remove: "删除", add: "新建", change: "更改",
    setPasswordAbout: "{name} 的密码；其全部登录随即退出。", endSessionsAbout: "{name} 之后仍可重新登录。", removeAbout: "{name} 将退出登录且不能再登录。其操作记录仍以其名保留。",
    addAbout: "用户名会显示在其全部操作旁。", changeOwn: "更改您的密码", changeOwnAbout: "更改后，您在其他各处的登录随即退出。",
    atMachine: "您正在后台主机上操作，尚未登录。更改账户请先登录，或使用 pond-backend account。", youAre: "{name}，{role}",
    signIn: "登录", didIt: "已完成：{what}，{who}",
    "way_command line": "命令行", "way_this machine": "本机", "way_signed in": "网页", way_proxy: "代理",
    "act_signed in": "登录", "act_sign-in refused": "登录被拒", "act_signed out": "退出登录", "act_account added": "新建账户：",
    "act_role changed": "更改角色：", "act_password changed": "更改密码：", "act_account removed": "删除账户：",
    act_acknowledged: "确认报警：", act_silenced: "设置静默：", act_unsilenced: "结束静默：", "act_sessions ended": "结束登录：",
    "act_own password refused": "本人密码错误：", act_resubmitted: "重新提交：", act_tested: "发送测试：",
    "act_gateway retired": "停用网关：", "act_gateway reinstated": "恢复网关：", act_restored: "恢复备份：", act_recomputed: "重新计算：",
  },
};

function preferred() {
  const kept = (() => {
    try {
      return localStorage.getItem("language");
    } catch {
      return null;
    }
  })();
  return WORDS[kept] ? kept : navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

let language = preferred();
const say = (id) => WORDS[language][id] ?? WORDS.en[id] ?? id;

// A text with its {holes} filled.
const told = (id, holes) => say(id).replace(/\{(\w+)\}/g, (_, name) => holes[name]);

// A number of things; one of them may have words of its own.
const counted = (id, n, holes) => told(n === 1 ? `${id}1` : id, { ...holes, n: n.toLocaleString("en") });

const localeTag = () => language === "zh" ? "zh-CN" : "en-GB";

function setLanguage(wanted) {
  language = wanted;
  try {
    localStorage.setItem("language", wanted);
  } catch {
    // A browser that keeps nothing asks again next time.
  }
}

// Every element that bears the id of a text gets that text.
function sayAll(root) {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  for (const element of root.querySelectorAll("[data-text]")) element.textContent = say(element.dataset.text);
  for (const element of root.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", say(element.dataset.label));
    element.title = say(element.dataset.label);
  }
  const switcher = document.getElementById("language");
  switcher.textContent = say("other");
  switcher.lang = say("otherLang");
}

function spanWords(ms) {
  const [n, unit] = ms < 60000 ? [ms / 1000, "seconds"] : ms < 3600000 ? [ms / 60000, "minutes"] : ms < 86400000 ? [ms / 3600000, "hours"] : [ms / 86400000, "days"];
  return `${Math.round(n * 10) / 10} ${say(unit)}`;
}

const momentWords = (ms) => new Date(ms).toLocaleString(localeTag(), {
  year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit",
});
