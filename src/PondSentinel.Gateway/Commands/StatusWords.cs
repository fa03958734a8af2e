using PondSentinel.Gateway.Diagnosis;

namespace PondSentinel.Gateway.Commands;

/// <summary>The words of <c>status</c>, in English and Chinese.</summary>
/// <param name="language">In which language.</param>
internal sealed class StatusWords(Language language)
{
    private bool IsChinese => language == Language.Chinese;

    /// <summary>How long it has run.</summary>
    public string Runs(string gateway, string software, string time) =>
        IsChinese ? $"{gateway}：{software}，已运行 {time}" : $"{gateway}: {software}, runs for {time}";

    /// <summary>Who vouches for the clock.</summary>
    public string Clock(string? source) => source is null
        ? IsChinese ? "时钟：尚未校准" : "clock: nobody vouches for it yet"
        : IsChinese ? $"时钟：由 {source} 校准" : $"clock: by {source}";

    /// <summary>What waits.</summary>
    public string Buffer(string unsettled) => IsChinese ? $"缓冲：{unsettled} 条记录未确认" : $"buffer: {unsettled} records not settled";

    /// <summary>Whether there is a link.</summary>
    public string Link(bool isUp, string? failure) => isUp
        ? IsChinese ? "连接：已连接" : "link: up"
        : IsChinese ? $"连接：断开{(failure is null ? "" : $"：{failure}")}" : $"link: down{(failure is null ? "" : $": {failure}")}";

    /// <summary>How the polls of a device went.</summary>
    public string Polls(string device, string polls, string failed) =>
        IsChinese ? $"{device}：轮询 {polls} 次，失败 {failed} 次" : $"{device}: {polls} polls, {failed} failed";

    /// <summary>When a value was taken.</summary>
    public string Age(string seconds) => IsChinese ? $"{seconds} 秒前" : $"{seconds} s ago";
}
