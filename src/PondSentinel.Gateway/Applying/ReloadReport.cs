using System.Text.Json;
using Microsoft.Extensions.Logging;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Time;
using PondSentinel.Terminal;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Applying;

/// <summary>Tells of what becomes of the settings: an event of type <c>config</c>, and lines in the journal.</summary>
/// <remarks>Events as the wire allows, <see cref="HourlyAllowance.PerHour"/> an hour and then one with the count of the rest; the journal
/// has every one. A secret is in neither.</remarks>
/// <param name="sink">Where events go.</param>
/// <param name="clock">The clock.</param>
/// <param name="log">The journal.</param>
internal sealed class ReloadReport(RecordSink sink, GatewayClock clock, ILogger log)
{
    // An event is for whoever looks at the data; all of it is in the journal.
    private const int NamesMax = 30;

    private readonly Lock gate = new();
    private readonly HourlyAllowance allowance = new();

    /// <summary>The settings have mistakes, and nothing is changed.</summary>
    /// <param name="why">In one line.</param>
    /// <param name="problems">All mistakes.</param>
    public void Refused(string why, IReadOnlyList<Problem> problems)
    {
        log.LogError("configuration: nothing is changed: {Why}", why);
        foreach (var problem in problems)
        {
            log.LogError("configuration: {Problem}", problem.ToString());
        }

        Append("refused", json => json.WriteString("why", EventJson.Cut(why)));
    }

    /// <summary>The gateway goes by other settings.</summary>
    /// <param name="plan">What was done.</param>
    public void Done(ReloadPlan plan)
    {
        foreach (var warning in plan.Wanted.Warnings)
        {
            log.LogWarning("configuration: {Warning}", warning.ToString());
        }

        foreach (var change in plan.Changes)
        {
            log.LogInformation("configuration: {Path}: {Old} -> {New}", change.Path, change.OldShown ?? "(left out)", change.NewShown ?? "(left out)");
        }

        log.LogInformation("configuration: {Summary}", Summary(plan));
        if (plan.Left.Count > 0)
        {
            log.LogWarning(
                "configuration: as before until a restart: {Left}", string.Join(", ", plan.Left.Select(change => change.Path)));
        }

        if (plan.Changes.Count + plan.Left.Count > 0)
        {
            Append("reloaded", json => Write(json, plan));
        }
    }

    /// <summary>What becomes of settings that are on trial.</summary>
    /// <param name="what">Which event.</param>
    /// <param name="why">In one line; null where there is nothing to say.</param>
    public void Trial(string what, string? why)
    {
        if (why is not null)
        {
            log.LogWarning("configuration: {Why}", why);
        }

        Append(what, json =>
        {
            if (why is not null)
            {
                json.WriteString("why", EventJson.Cut(why));
            }
        });
    }

    /// <summary>What was done, in one line.</summary>
    /// <param name="plan">The plan.</param>
    public static string Summary(ReloadPlan plan)
    {
        string[] parts =
        [
            .. Named("added", plan.Added), .. Named("changed", plan.Changed), .. Named("removed", plan.Removed),
            .. Named("other settings for", [.. plan.Alarms]),
            .. plan.IsUplinkChanged ? new[] { "the uplink begins anew" } : [],
        ];
        return plan.Changes.Count == 0 ? "read anew, nothing to change"
            : parts.Length == 0 ? "read anew, no device and not the uplink is concerned"
            : $"read anew: {string.Join("; ", parts)}";
    }

    private static IEnumerable<string> Named(string what, IReadOnlyList<string> devices) =>
        devices.Count == 0 ? [] : [$"{what} {string.Join(", ", devices)}"];

    private static void Write(Utf8JsonWriter json, ReloadPlan plan)
    {
        Names(json, "added", plan.Added);
        Names(json, "changed", plan.Changed);
        Names(json, "removed", plan.Removed);
        Names(json, "settings", [.. plan.Changes.Select(change => change.Group).Distinct(StringComparer.Ordinal)]);
        Names(json, "left", [.. plan.Left.Select(change => change.Path)]);
        json.WriteBoolean("uplink", plan.IsUplinkChanged);
    }

    private static void Names(Utf8JsonWriter json, string member, IReadOnlyList<string> names)
    {
        if (names.Count > 0)
        {
            JsonLine.Texts(json, member, names.Take(NamesMax));
        }
    }

    private void Append(string what, Action<Utf8JsonWriter> write)
    {
        lock (gate)
        {
            var now = clock.Now();
            var refused = allowance.TakeRefused(now.BootTime);
            if (refused > 0 || allowance.TryTake(now.BootTime))
            {
                sink.AppendEvent("config", device: null, now, EventJson.Of(refused, json =>
                {
                    json.WriteString("what", what);
                    write(json);
                }));
            }
        }
    }
}
