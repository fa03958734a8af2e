using System.Globalization;
using PondSentinel.Gateway.Alarms;
using PondSentinel.Gateway.Diagnosis;
using PondSentinel.Terminal;
using PondSentinel.Tls;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Commands;

/// <summary>The words of <c>status</c>, in English and Chinese.</summary>
/// <param name="language">In which language.</param>
internal sealed class StatusWords(Language language)
{
    private const long MsPerSecond = 1000;
    private const long SecondsPerMinute = 60;
    private const long SecondsPerHour = 3600;
    private const long SecondsPerDay = 86_400;

    // Shown in seconds up to two minutes, so that a poll each minute is seen to come.
    private const long SecondsShownMax = 120;

    /// <summary>Whether they are Chinese.</summary>
    public bool IsChinese => language == Language.Chinese;

    /// <summary>What stands where there is no number.</summary>
    public string NoValue => Say($"no value", $"无数值");

    /// <summary>Where a drawn day begins.</summary>
    public string DayAgo => Say($"24 h ago", $"24 小时前");

    /// <summary>Where it ends.</summary>
    public string Now => Say($"now", $"现在");

    /// <summary>Name of the member that has the hint.</summary>
    public string HintMember => IsChinese ? "hint_zh" : "hint";

    /// <summary>How long it has run.</summary>
    public string Runs(string gateway, string software, TimeSpan uptime)
    {
        var time = uptime.ToString("c", CultureInfo.InvariantCulture);
        return Say($"{gateway}: {software}, runs for {time}", $"{gateway}：{software}，已运行 {time}");
    }

    /// <summary>What the clock says, and who vouches for it.</summary>
    /// <param name="ms">UTC ms since 1970.</param>
    /// <param name="source">Who vouches; null for nobody.</param>
    /// <param name="errorMs">How far it may be wrong, ms.</param>
    public string Clock(long ms, string? source, long? errorMs)
    {
        var time = IsoTime.Text(ms - (ms % MsPerSecond)).Replace(".000", "", StringComparison.Ordinal);
        return source is null
            ? Say($"clock: {time}, nobody vouches for it yet", $"时钟：{time}，尚未校准")
            : Say($"clock: {time} by {source}, within {errorMs} ms", $"时钟：{time}，由 {source} 校准，误差 {errorMs} ms 以内");
    }

    /// <summary>How the gateway's clock compares with the backend's.</summary>
    /// <param name="offMs">How far it is ahead, ms; below 0: behind.</param>
    /// <param name="errorMs">By how much that may be wrong, ms.</param>
    public string AgainstBackend(long offMs, long errorMs) => Math.Abs(offMs) <= errorMs
        ? Say($"  the backend's clock says the same within {errorMs} ms", $"  与后端时钟一致，误差 {errorMs} ms 以内")
        : Say(
            $"  {Math.Abs(offMs)} ms {(offMs < 0 ? "behind" : "ahead of")} the backend's clock, within {errorMs} ms: one of the two is off; chronyc tracking on both tells which time server they go by",
            $"  比后端时钟{(offMs < 0 ? "慢" : "快")} {Math.Abs(offMs)} ms（误差 {errorMs} ms 以内）：两者之一不准，请在两台机器上运行 chronyc tracking 查看时间服务器");

    /// <summary>That the gateway does not go by its configuration.</summary>
    /// <param name="file">The configuration's file.</param>
    /// <param name="ms">When it refused it, UTC ms since 1970.</param>
    /// <param name="seconds">Seconds since then.</param>
    public string Refused(string file, long ms, long seconds)
    {
        var time = IsoTime.Text(ms - (ms % MsPerSecond)).Replace(".000", "", StringComparison.Ordinal);
        return Say(
            $"configuration: {file} was refused at {time} ({Age(seconds)}); the former settings are still in force",
            $"配置：{file} 于 {time}（{Age(seconds)}）被拒绝，仍按原配置运行");
    }

    /// <summary>What to do about mistakes in a configuration.</summary>
    /// <param name="others">How many there are beside the one that was told.</param>
    public string Mistakes(long others) => others > 0
        ? Say($"and {others} more: pond-gateway check lists all; mend them, then pond-gateway reload", $"另有 {others} 处错误：pond-gateway check 列出全部；改正后运行 pond-gateway reload")
        : Say($"mend it, then pond-gateway reload", $"改正后运行 pond-gateway reload");

    /// <summary>What waits, and how full it is.</summary>
    /// <param name="unsettled">Records and events that the backend has not confirmed.</param>
    /// <param name="oldestSeconds">Age of the oldest of them; null where it is not known.</param>
    /// <param name="bytes">Bytes on the card.</param>
    /// <param name="bytesMax">Most there may be.</param>
    public string Buffer(long unsettled, long? oldestSeconds, long bytes, long bytesMax)
    {
        var (held, most) = (Units.Text(bytes), Units.Text(bytesMax));
        var oldest = oldestSeconds is { } seconds && unsettled > 0 ? Age(seconds) : null;
        return Say($"buffer: {unsettled} records not settled{(oldest is null ? "" : $", the oldest {oldest}")}; {held} of {most}", $"缓冲：{unsettled} 条记录未确认{(oldest is null ? "" : $"，最早为 {oldest}")}；{held} / {most}");
    }

    /// <summary>What is gone, and why.</summary>
    public string Lost(string cause, long count) => Say($"lost {count}: {cause}", $"已丢失 {count} 条：{cause}");

    /// <summary>Whether there is a link.</summary>
    public string Link(bool isUp, string? failure) => isUp
        ? Say($"link: up", $"连接：已连接")
        : Say($"link: down{(failure is null ? "" : $": {failure}")}", $"连接：断开{(failure is null ? "" : $"：{failure}")}");

    /// <summary>For how long the certificate is good that the gateway shows.</summary>
    /// <param name="days">Whole days left; below 0 after its end.</param>
    public string Certificate(long days) => days < 0
        ? Say($"certificate: ended {CertificateText.Days(-days)} ago; have it renewed: deploy/pki/README.md", $"证书：已到期 {-days} 天，请续期：deploy/pki/README.md")
        : Say($"certificate: {CertificateText.Days(days)} left", $"证书：剩余 {days} 天");

    /// <summary>How an alarm stands.</summary>
    /// <param name="which">Its name, severity and channel.</param>
    /// <param name="phase">Its phase, as the gateway's answer has it.</param>
    /// <param name="since">For how long; null where that is not known.</param>
    /// <param name="peak">The worst value; null where there is none.</param>
    /// <param name="silent">For how long yet it is silent; null where it is not.</param>
    public string Alarm(string which, string phase, TimeSpan? since, string? peak, TimeSpan? silent) => Say(
        $"alarm {which}: {phase}{(since is { } time ? $" for {Span(time)}" : "")}{(peak is null ? "" : $", peak {peak}")}{(silent is { } left ? $", silent for another {Span(left)}" : "")}",
        $"报警 {which}：{Phase(phase)}{(since is { } timeZh ? $" {Span(timeZh)}" : "")}{(peak is null ? "" : $"，最差值 {peak}")}{(silent is { } leftZh ? $"，静音还有 {Span(leftZh)}" : "")}");

    /// <summary>A number that the truth lay at or beyond.</summary>
    /// <param name="number">The number.</param>
    /// <param name="isAbove">Whether it lay above it.</param>
    public string Bound(string number, bool isAbove) => isAbove ? Say($"at least {number}", $"至少 {number}") : Say($"at most {number}", $"至多 {number}");

    /// <summary>How a relay stands.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="kind">Its kind, as the gateway's answer has it.</param>
    /// <param name="isOn">Whether it is tripped.</param>
    /// <param name="isKnown">Whether its line can be used, so that this is known.</param>
    /// <param name="since">For how long; null where that is not known.</param>
    /// <param name="why">Why; null where there is nothing to say.</param>
    public string Relay(string name, string kind, bool isOn, bool isKnown, TimeSpan? since, string? why) => Say(
        $"relay {name} ({kind}): {(isOn ? "tripped" : "released")}{(!isKnown ? ", as far as is known" : since is { } time ? $" for {Span(time)}" : "")}{(why is null ? "" : $" ({why})")}",
        $"继电器 {name}（{(kind == "siren" ? "警报器" : "停机")}）：{(isOn ? "已动作" : "已释放")}{(!isKnown ? "，实际状态未知" : since is { } timeZh ? $" {Span(timeZh)}" : "")}{(why is null ? "" : $"（{why}）")}");

    /// <summary>How urgent an alarm is.</summary>
    /// <param name="severity">Its word in the answer of the gateway.</param>
    public string Severity(string severity) => !IsChinese
        ? severity
        : severity switch
        {
            "info" => "提示",
            "medium" => "中",
            "high" => "高",
            "urgent" => "紧急",
            _ => severity,
        };

    /// <summary>Why a relay was switched.</summary>
    /// <param name="why">Its word in the answer of the gateway.</param>
    public string Cause(string why) => !IsChinese
        ? why
        : why switch
        {
            RelayCause.Alarm => "报警",
            RelayCause.Fault => "探头无数据",
            RelayCause.Over => "报警解除",
            RelayCause.Max => "到时",
            RelayCause.Silence => "静音",
            RelayCause.Test => "试验",
            RelayCause.Stop => "网关停止",
            RelayCause.Config => "设置变更",
            _ => why,
        };

    /// <summary>How the polls of a device went.</summary>
    public string Polls(string device, string polls, string failed) =>
        Say($"{device}: {polls} polls, {failed} failed", $"{device}：轮询 {polls} 次，失败 {failed} 次");

    /// <summary>That its values are not the water's.</summary>
    /// <param name="left">For how long yet.</param>
    public string Maintenance(TimeSpan left)
    {
        var time = left.ToString("c", CultureInfo.InvariantCulture);
        return Say($"in maintenance for another {time}", $"维护中，还有 {time}");
    }

    /// <summary>That it is being calibrated.</summary>
    public string Calibrating => Say($"is being calibrated", $"正在校准");

    /// <summary>When a value was taken.</summary>
    /// <param name="seconds">Seconds since then.</param>
    public string Age(long seconds)
    {
        var (number, unit, unitZh) = seconds switch
        {
            < SecondsShownMax => (seconds, "s", "秒"),
            < 2 * SecondsPerHour => (seconds / SecondsPerMinute, "min", "分钟"),
            < 2 * SecondsPerDay => (seconds / SecondsPerHour, "h", "小时"),
            _ => (seconds / SecondsPerDay, "days", "天"),
        };
        return Say($"{number} {unit} ago", $"{number} {unitZh}前");
    }

    /// <summary>A flag.</summary>
    /// <param name="flag">Its word in the answer of the gateway.</param>
    public string Flag(string flag) => !IsChinese
        ? flag
        : flag switch
        {
            "good" => "正常",
            "not-evaluated" => "未评估",
            "suspect" => "可疑",
            "fail" => "不合格",
            "missing" => "缺测",
            _ => flag,
        };

    /// <summary>What is said where the gateway does not answer while it is watched.</summary>
    public string TryingAgain(int seconds) => Say($"trying again every {seconds} s; Ctrl-C ends", $"每 {seconds} 秒重试；按 Ctrl-C 结束");

    /// <summary>What is said of lines for which the terminal has no room.</summary>
    public string MoreLines(int lines) => Say($"... {lines} more lines: pond-gateway status shows all", $"……还有 {lines} 行：pond-gateway status 显示全部");

    private static string Span(TimeSpan span) => span.ToString("c", CultureInfo.InvariantCulture);

    private static string Phase(string phase) => phase switch
    {
        "normal" => "正常",
        "pending" => "越限，尚未报警",
        "firing" => "报警中",
        "clearing" => "恢复中",
        _ => phase,
    };

    private string Say(FormattableString english, FormattableString chinese) => FormattableString.Invariant(IsChinese ? chinese : english);
}
