using PondSentinel.Backend.Alerting.Wording;

namespace PondSentinel.Backend.Reports;

/// <summary>What a report says beside its numbers, in one language. Columns stand in the order in which <see cref="ReportHtml"/>
/// fills them.</summary>
internal sealed record ReportWords
{
    /// <summary>Site and month.</summary>
    public required Func<string, string, string> Title { get; init; }

    public required string Provisional { get; init; }

    public required string NotOver { get; init; }

    public required string NotValidated { get; init; }

    /// <summary>From, to, zone, when it was made and by which backend.</summary>
    public required Func<string, string, string, string, string, string> Span { get; init; }

    public required string Back { get; init; }

    public required ReportTable Exceedances { get; init; }

    public required string Gone { get; init; }

    /// <summary>Of an alarm that a gateway has found by itself, where what it said is no longer kept.</summary>
    public required string OfGateway { get; init; }

    /// <summary>Stands behind the end of an alarm of a gateway, which does not say when its hold began.</summary>
    public required string WithHold { get; init; }

    public required string GoesOn { get; init; }

    public required ReportTable Watched { get; init; }

    public required string EachValue { get; init; }

    public required ReportTable Values { get; init; }

    public required string ValuesNote { get; init; }

    public required ReportTable Completeness { get; init; }

    public required ReportTable Samples { get; init; }

    public required string NoProbe { get; init; }

    public required ReportTable Calibrations { get; init; }

    public required string Accepted { get; init; }

    /// <summary>With the reasons.</summary>
    public required Func<string, string> Refused { get; init; }

    public required ReportTable Maintenance { get; init; }

    public required ReportTable Foundation { get; init; }

    /// <summary>Number of values and digest.</summary>
    public required Func<string, string, string> AllTogether { get; init; }

    /// <summary>How many of a channel there are at most, and of which channels there are more.</summary>
    public required Func<string, string, string> More { get; init; }

    /// <summary>Stands between two pieces of one line.</summary>
    public required string Comma { get; init; }

    /// <summary>The words of a language.</summary>
    /// <param name="language">The language.</param>
    public static ReportWords Of(Language language) => language == Language.Chinese ? Chinese : English;

    private static ReportWords English { get; } = new()
    {
        Title = (site, month) => $"Monitoring report: site {site}, {month}",
        Provisional = "Provisional.",
        NotOver = "The month is not over.",
        NotValidated = "Nobody has validated these values yet: flags are those of automatic tests.",
        Span = (from, to, zone, made, backend) => $"{from} to {to}, times {zone}. Made {made} by backend {backend}.",
        Back = "Back to what is now",
        Exceedances = new(
            "Exceedances", ["Where", "Rule", "Limit", "From", "To", "For", "Worst", "Standard"],
            "No limit was exceeded for as long as its rule wants."),
        Gone = "rule no longer in the configuration",
        OfGateway = "a limit of the gateway itself",
        WithHold = " (with the gateway's hold)",
        GoesOn = "goes on",
        Watched = new(
            "What was watched", ["Where", "Rule", "Limit", "Averaging", "For at least", "Standard", "Text"], "No rule watches a channel of this site."),
        EachValue = "each value",
        Values = new(
            "Values", ["Channel", "Unit", "Values", "Days with values", "Lowest", "Highest", "Days with doubted or missing values"], "There is no channel."),
        ValuesNote = "Lowest and highest are of values that did not fail a test, day by day where there is one. Days are of UTC in this table.",
        Completeness = new(
            "Completeness", ["Channel", "Polls due", "Complete", "In maintenance", "Came late", "In words"], "The ledger has nothing of this month."),
        Samples = new(
            "Grab samples against probes", ["Taken", "Channel", "Sample", "Probe", "Difference", "Method, laboratory, who"], "None was entered."),
        NoProbe = "none within 15 min",
        Calibrations = new("Calibrations", ["Done", "Channel", "Name", "By", "Result"], "None was done."),
        Accepted = "accepted",
        Refused = reasons => $"refused: {reasons}",
        Maintenance = new("Maintenance", ["From", "To", "Channel", "Who", "Why"], "None was entered."),
        Foundation = new("What this rests on", ["Channel", "Measurand", "Values", "SHA-256"], "Nothing."),
        AllTogether = (values, digest) =>
            $"All together: {values} values, SHA-256 {digest}. The report made again has the same digits if and only if no value, flag or reason has changed.",
        More = (most, channels) => $"Not all: of a channel only the latest {most} of the month stand here, and there are more of {channels}.",
        Comma = ", ",
    };

    private static ReportWords Chinese { get; } = new()
    {
        Title = (site, month) => $"监测月报：站区 {site}，{month}",
        Provisional = "未经审核的数据。",
        NotOver = "本月尚未结束。",
        NotValidated = "数据尚未经人工审核，标识均由自动检验给出。",
        Span = (from, to, zone, made, backend) => $"{from} 至 {to}，时区 {zone}。由后台 {backend} 于 {made} 生成。",
        Back = "返回实时页面",
        Exceedances = new("超标情况", ["位置", "规则", "限值", "开始", "结束", "持续", "最严重值", "标准"], "没有超过限值且达到规则规定时长的情况。"),
        Gone = "配置中已无此规则",
        OfGateway = "网关自身的限值",
        WithHold = "（含网关的恢复等待时间）",
        GoesOn = "持续中",
        Watched = new("监控规则", ["位置", "规则", "限值", "平均方式", "最短持续", "标准", "说明"], "没有规则监控本站区的通道。"),
        EachValue = "逐个测量值",
        Values = new("监测数据", ["通道", "单位", "数据个数", "有数据天数", "最低", "最高", "存在可疑或缺测的天数"], "没有通道。"),
        ValuesNote = "最低值与最高值按日取自未判为不合格的数据（当日有此类数据时）。本表的日按 UTC 计。",
        Completeness = new("数据完整率", ["通道", "应测次数", "完整率", "维护占比", "迟到", "说明"], "台账中没有本月的记录。"),
        Samples = new("人工取样与探头对比", ["取样时间", "通道", "样品值", "探头值", "差值", "方法、实验室、取样人"], "没有录入样品。"),
        NoProbe = "前后 15 分钟内无数据",
        Calibrations = new("校准", ["时间", "通道", "名称", "操作人", "结果"], "没有校准。"),
        Accepted = "通过",
        Refused = reasons => $"未通过：{reasons}",
        Maintenance = new("维护", ["开始", "结束", "通道", "人员", "原因"], "没有录入维护。"),
        Foundation = new("数据依据", ["通道", "监测项", "数据个数", "SHA-256"], "无。"),
        AllTogether = (values, digest) => $"合计 {values} 个数据，SHA-256 {digest}。重新生成月报时，当且仅当数值、标识和原因均无变化，该摘要相同。",
        More = (most, channels) => $"未列全：每个通道只列出本月最近的 {most} 条，以下通道还有更多：{channels}。",
        Comma = "，",
    };
}

/// <summary>What stands around a table.</summary>
/// <param name="Title">Above it.</param>
/// <param name="Columns">Its head.</param>
/// <param name="None">Instead of it where it has no rows.</param>
internal sealed record ReportTable(string Title, IReadOnlyList<string> Columns, string None);
