using System.Globalization;
using PondSentinel.Alerting;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Alerting.Wording;

/// <summary>Chinese, simplified; terms as in GB 3838, GB 3095 and HJ 212.</summary>
internal sealed class ChineseVocabulary : Vocabulary
{
    private static readonly (Why Why, string Words)[] Table =
    [
        (Why.NoAnswer, "设备无应答：请检查电源、电缆和接头"),
        (Why.TimedOut, "设备应答超时"),
        (Why.Refused, "设备拒绝应答"),
        (Why.Garbled, "应答无法解析：请检查电缆及屏蔽"),
        (Why.BusDown, "通信端口不可用：请检查适配器"),
        (Why.DeviceFault, "设备自报故障"),
        (Why.OverRange, "超出仪器量程"),
        (Why.OutOfBounds, "超出该通道设定范围"),
        (Why.Maintenance, "维护中"),
        (Why.Calibrating, "校准中"),
        (Why.Spike, "孤立尖峰"),
        (Why.Rate, "变化快于水体可能的速度"),
        (Why.Flat, "长时间无变化"),
        (Why.Fog, "湿度过高，光学粉尘传感器不可靠"),
        (Why.EstimatedTime, "时间为估计值"),
        (Why.Unsaved, "由内存直接发出，网关存储卡未能写入"),
        (Why.WrongDevice, "应答的设备与配置不符"),
        (Why.NotReady, "设备仍在预热"),
        (Why.Absent, "未安装测量该项的部件"),
        (Why.Uncompensated, "未做水温或干扰离子补偿"),
        (Why.Incomplete, "与上一数值之间可能有漏计"),
        (Why.Gap, "此前有缺测"),
        (Why.Disagrees, "与同类探头读数不一致"),
        (Why.Undervoltage, "供电电压过低"),
        (Why.OutOfWindow, "水样超出电极适用范围"),
        (Why.Implausible, "与其他探头的读数相矛盾"),
        (Why.Extrapolated, "超出计算公式的适用范围"),
        (Why.Uncalibrated, "校准情况无法确认"),
        (Why.Other, "本版本无法识别的原因"),
    ];

    public override FactLabels Labels { get; } = new()
    {
        Meaning = "含义",
        Place = "位置",
        Alarm = "报警编号",
        TakeOn = "确认报警",
        Page = "查看网页",
        Value = "数值",
        Limit = "限值",
        Averaging = "判定依据",
        Own = "本点实测",
        Complete = "数据有效率",
        Beside = "参考站点",
        Against = "对照点",
        Condition = "且满足",
        Standard = "标准",
        Unchecked = "未核对",
        Since = "开始",
        Until = "结束",
        Over = "解除",
        Worst = "最严重值",
        Quality = "数据质量",
        Device = "测量设备",
        Calibration = "上次校准",
        Action = "处置措施",
    };

    public override string Provisional => "数据为实时数据，尚未经审核。";

    public override string Code => "zh-CN";

    public override string Colon => "：";

    public override string Comma => "，";

    public override string Separator => "；";

    public override string EachValue => "逐个测量值";

    protected override IReadOnlyList<(Why Why, string Words)> ReasonTable => Table;

    public override string Title(AlertNotice notice, Told told)
    {
        var of = told.Statistic is { } statistic ? $"（{statistic}）" : "";
        var (what, limit) = ($"{told.Place} {told.Quantity}", $"{told.Side} {told.WithUnit(told.Limit)}");
        return notice.Phase switch
        {
            NoticeKind.Firing when told.Silence is { } silence => $"【{Severity(notice.Severity)}】{silence.Site} 网关 {silence.Gateway} 自 {silence.Heard}起失联",
            NoticeKind.Cleared when told is { Silence: { } silence, Back: not null } => $"【已解除】{silence.Site} 网关 {silence.Gateway} 已恢复联络",
            NoticeKind.Past when told is { Silence: { } silence, Back: not null } => $"【补报，已结束】{silence.Site} 网关 {silence.Gateway} 曾失联",
            NoticeKind.Firing => $"【{Severity(notice.Severity)}】{what} {told.WithUnit(told.Value)}，{told.Side} {told.Limit}{of}",
            NoticeKind.Cleared when told.IsUsualNow => $"【今起视为常态】{what} {limit}{of}",
            NoticeKind.Cleared when told.IsStillPast => $"【不再判定】{what} {limit}{of}",
            NoticeKind.Cleared => $"【已解除】{what} {limit}{of}",
            NoticeKind.Past => $"【补报，已结束】{what} 曾{limit}{of}",
            NoticeKind.Withdrawn when told.Cause == WithdrawalCauses.Rule => $"【不再判定】{what} {limit}{of}",
            NoticeKind.Withdrawn => $"【撤回】{what} {limit}{of}",
            _ => throw new ArgumentOutOfRangeException(nameof(notice), notice.Phase, "Not a defined kind."),
        };
    }

    public override string What(Told told) => told.Silence is { } silence
        ? $"{silence.Site} 网关 {silence.Gateway} 的失联时长"
        : $"{told.Place} {told.Source}{(told.Indicative ? "（指示性数据，不用于达标判定）" : " ")}的{Spaced(told.Quantity + (told.Statistic is { } statistic ? $"（{statistic}）" : ""))}";

    public override string Sentence(NoticeKind kind, Told told)
    {
        var what = What(told);
        var limit = $"{told.Side} {told.WithUnit(told.Limit)}";
        return kind switch
        {
            NoticeKind.Firing when told.Silence is { } silence => $"自 {silence.Heard}起未收到 {silence.Site} 网关 {silence.Gateway} 的任何消息，已 {silence.For}；限值 {told.WithUnit(told.Limit)}{(silence.Counted is { } counted ? $"（后台此前未监听，仅计 {counted}）" : "")}",
            NoticeKind.Cleared when told is { Silence: { } silence, Back: { } back } => $"{silence.Site} 网关 {silence.Gateway} 已恢复联络；{silence.Heard}至 {back}期间未收到其任何消息",
            NoticeKind.Past when told is { Silence: { } silence, Back: { } back } => $"补报：{silence.Heard}至 {back}期间未收到 {silence.Site} 网关 {silence.Gateway} 的任何消息；现已结束",
            NoticeKind.Firing => $"{what}为 {told.WithUnit(told.Value)}，{told.Side} {told.Limit}，自 {told.Since}起",
            NoticeKind.Cleared when told.IsUsualNow => $"{what}自 {told.Since}起{limit}，最严重值 {told.Peak}；因持续过久，今起视为常态，数值未必已恢复",
            NoticeKind.Cleared when told.IsStillPast => $"{what}不再由该规则判定（规则已失效或已撤回），并不表示恢复正常：最后值 {told.WithUnit(told.Value)}，{told.Side} {told.Limit}；自 {told.Since}起如此，最严重值 {told.Peak}",
            NoticeKind.Cleared when told.Back is null => $"{what}已恢复至 {told.WithUnit(told.Value)}；自 {told.Since}起曾{told.Side} {told.Limit}，最严重值 {told.Peak}",
            NoticeKind.Cleared => $"{what}已恢复至 {told.WithUnit(told.Value)}；在 {told.Since}至 {told.Back}期间曾{told.Side} {told.Limit}，最严重值 {told.Peak}",
            NoticeKind.Past when told.Back is null => $"补报：{what}自 {told.Since}起曾{limit}，最严重值 {told.Peak}；已于 {told.Until}解除",
            NoticeKind.Past => $"补报：{what}在 {told.Since}至 {told.Back}期间曾{limit}，最严重值 {told.Peak}；现已结束",
            NoticeKind.Withdrawn when told.MovedTo is { } site => $"撤回：{what}曾报自 {told.Since}起{limit}；该网关现已迁至站区 {site}，如仍成立将在该站区另行报警",
            NoticeKind.Withdrawn when told.Cause == WithdrawalCauses.Rule => $"撤回：{what}曾报自 {told.Since}起{limit}；所依据的规则已修改或删除，不再据此判定，并不表示恢复正常",
            NoticeKind.Withdrawn when told.Cause == WithdrawalCauses.Values => $"撤回：{what}曾报自 {told.Since}起{limit}，补传数据表明并非如此",
            NoticeKind.Withdrawn when told.Cause == WithdrawalCauses.Clock => $"撤回：{what}曾报自 {told.Since}起{limit}；后台时钟当时超前，现已校正。并不表示恢复正常，如仍成立将重新通知",
            NoticeKind.Withdrawn => $"撤回：{what}曾报自 {told.Since}起{limit}，因补传数据或规则变更，该报警不成立",
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a defined kind."),
        };
    }

    public override string Severity(Severity severity) => severity switch
    {
        PondSentinel.Alerting.Severity.Info => "提示",
        PondSentinel.Alerting.Severity.Medium => "一般",
        PondSentinel.Alerting.Severity.High => "重要",
        PondSentinel.Alerting.Severity.Urgent => "紧急",
        _ => throw new ArgumentOutOfRangeException(nameof(severity), severity, "Not a defined severity."),
    };

    public override string Flag(QualityFlag flag) => flag switch
    {
        QualityFlag.Good => "合格",
        QualityFlag.NotEvaluated => "未检验",
        QualityFlag.Suspect => "可疑",
        QualityFlag.Fail => "不合格",
        QualityFlag.Missing => "缺测",
        _ => "未知",
    };

    public override string Label(Measurand measurand) => ChineseNames.Label(measurand);

    public override string Unit(string unit) => ChineseNames.Unit(unit);

    public override string Side(string side) => side == "above" ? "高于" : "低于";

    public override string Bound(string side, string number) => $"{(side == "above" ? "至少" : "至多")} {number}";

    public override string OrWorse(string number) => $"{number} 或更严重";

    public override string BoundAction => "请人工取样：已超出探头量程";

    public override string Limit(Told told, string? clear) =>
        $"{told.Side} {told.WithUnit(told.Limit)}{(clear is null ? "" : $"；{(told.Side == Side("above") ? "低于" : "高于")} {clear} 时解除")}";

    public override string? Statistic(AlertNotice notice) => notice.StatisticZh ?? notice.Statistic;

    public override string Source(Told told, string gateway) => $"{told.Source}，网关 {gateway}";

    public override string Grade(string grade) => grade switch
    {
        "indicative" => "指示性：仅反映趋势，不用于达标判定",
        "reference" => "参比级",
        _ => grade,
    };

    public override string Meaning(AlertNotice notice) => notice.TextZh ?? notice.Text;

    /// <inheritdoc/>
    public override string? Either(string? english, string? chinese) => chinese ?? english;

    public override string? Action(AlertNotice notice) => notice.DoZh ?? notice.Do;

    public override string Condition(ConditionReading condition) => condition.TextZh ?? condition.Text;

    public override string OutlastedAction => "请查看曲线：该异常持续过久，已被视为常态，数值未必恢复；此后仅设有固定限值的规则会继续报警";

    public override string PastAction => "现已结束，无需立即处置；请查看曲线，并到现场查看有无遗留影响";

    public override string Calibrated(string? day, int daysBefore) => day is null
        ? "无校准记录"
        : string.Create(CultureInfo.InvariantCulture, $"{day}（{daysBefore switch
        {
            0 => "当日",
            > 0 => $"{daysBefore} 天前",
            _ => $"此后 {-daysBefore} 天",
        }}）");

    public override string Time(DateTimeOffset at, TimeSpan utcOffset) => $"{Minute(at, utcOffset)}（{Zone(utcOffset)}）";

    public override string Length(TimeSpan length) => length switch
    {
        { TotalMinutes: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{length.Seconds} 秒"),
        { TotalHours: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{length.Minutes} 分钟"),
        { TotalDays: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{length.Hours} 小时 {length.Minutes} 分钟"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{length.Days} 天 {length.Hours} 小时"),
    };

    public override string Lasting(string begun, TimeSpan length) => $"{begun}，持续 {Length(length)}";

    public override string Held(string over, TimeSpan length) => $"{over}，此时已恢复 {Length(length)}";

    // Chinese stands apart from Latin letters and figures by a space, and joins its own signs.
    private static string Spaced(string text) =>
        $"{(char.IsAscii(text[0]) ? " " : "")}{text}{(char.IsAscii(text[^1]) ? " " : "")}";
}
