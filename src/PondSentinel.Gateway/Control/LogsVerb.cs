using Microsoft.Extensions.Logging;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Control;

/// <summary><c>logs</c>: the last lines of the gateway's journal, and under which unit of systemd all of them are kept.</summary>
/// <param name="recent">The last lines.</param>
/// <param name="unit">The unit; null where nobody keeps the journal.</param>
internal sealed class LogsVerb(RecentLines recent, string? unit) : IControlVerb
{
    /// <summary>The verb.</summary>
    public const string Verb = "logs";

    /// <summary>Most lines of an answer.</summary>
    public const int LinesMax = RecentLines.LinesMax;

    /// <summary>The levels, the least grave first.</summary>
    public static IReadOnlyList<(string Name, LogLevel Level)> Levels { get; } =
        [("info", LogLevel.Information), ("warn", LogLevel.Warning), ("error", LogLevel.Error)];

    /// <inheritdoc/>
    public string Name => Verb;

    /// <inheritdoc/>
    public bool Changes => false;

    /// <summary>The verb of this process.</summary>
    /// <param name="recent">Its last lines.</param>
    public static LogsVerb OfThisProcess(RecentLines recent) =>
        new(recent, UnitOf(File.ReadAllText("/proc/self/cgroup"), Environment.GetEnvironmentVariable("JOURNAL_STREAM")));

    /// <summary>The unit of systemd that this process runs as, where that keeps its journal.</summary>
    /// <param name="cgroup">What <c>/proc/self/cgroup</c> says.</param>
    /// <param name="stream">What systemd sets <c>JOURNAL_STREAM</c> to; null where the journal goes elsewhere.</param>
    public static string? UnitOf(string cgroup, string? stream)
    {
        // Version 2 has one line; of version 1 that of systemd is the one that counts. 0::/system.slice/pond-gateway.service
        var path = cgroup.Split('\n').FirstOrDefault(line =>
            line.StartsWith("0::", StringComparison.Ordinal) || line.Contains(":name=systemd:", StringComparison.Ordinal));
        var name = path?[(path.LastIndexOf('/') + 1)..];
        return stream is not null && name?.EndsWith(".service", StringComparison.Ordinal) == true ? name : null;
    }

    /// <inheritdoc/>
    public ValueTask<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        var after = request.OptionalInteger("after", 0, long.MaxValue);
        var since = request.OptionalInteger("since_ms", 0, long.MaxValue) ?? 0;
        var count = request.OptionalInteger("count", 1, LinesMax) ?? LinesMax;
        var least = request.OptionalText("level", 8) is not { } level
            ? LogLevel.Information
            : Levels.FirstOrDefault(each => each.Name == level) is (not null, var known)
                ? known
                : throw new ControlRefusedException($"level must be one of {string.Join(", ", Levels.Select(each => each.Name))}");
        var (lines, first, last) = recent.Read(after ?? 0, since, least);

        // Somebody who goes on gets what comes next, one who begins the newest.
        lines = [.. after is null ? lines.TakeLast((int)count) : lines.Take((int)count)];
        return ValueTask.FromResult(new ControlAnswer(json =>
        {
            json.WriteNumber("process", Environment.ProcessId);
            json.WriteString("unit", unit);
            json.WriteNumber("gone", Math.Max(0, first - 1 - (after ?? 0)));
            json.WriteNumber("last", after is not null && lines.Count == count ? lines[^1].Number : last);
            json.WriteStartArray("lines");
            foreach (var line in lines)
            {
                json.WriteStartObject();
                json.WriteNumber("t", line.Ms);
                json.WriteString("level", Levels.Last(each => each.Level <= line.Level).Name);
                json.WriteString("text", line.Text);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }));
    }
}
