using PondSentinel.Alerting;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Alerting;

/// <summary>Notices what does not come: a gateway that nothing is heard of, and a channel that is silent while its gateway is there.
/// </summary>
/// <remarks>
/// <para>What it notices is kept as a value like those that came: of a gateway the minutes of silence, of a channel a tick that says for
/// how long nothing came. So the rules step over it by the path of all values, a restart repeats nothing, and values that come late take
/// back what they disprove. A value is kept only where it can move a rule; where a condition bars that,
/// each minute's is, within what may be kept.</para>
/// <para>What a gateway describes no more, because it was taken out, moved or renamed, nobody misses: its silence is over.</para>
/// <para>A channel that is read once an hour is not silent after half of one: it is where two readings in a row did not come.</para>
/// <para>Time in which the broker was not listened to counts for nobody. A channel's silence counts from when its gateway was there
/// again: what hangs on a gateway that is offline is quiet.</para>
/// </remarks>
internal sealed class SilenceWatch(
    AlertTables tables, HeardTable heard, IReadOnlySet<GatewayName> retired, DescribedDevices devices, IReadOnlyList<AlertRule> rules)
{
    private const int ReadingsMissed = 2;

    private static SampleOrigin TickOrigin => new(SampleOrigin.Tick, 0);

    /// <summary>Whether a rule waits for what does not come.</summary>
    /// <param name="rule">The rule.</param>
    public static bool Concerns(AlertRule rule) => rule.Measurand == Measurand.GatewaySilence || TakesTicks(rule);

    /// <summary>What is to be stepped over now.</summary>
    /// <param name="minute">When it is, and since when the broker has been listened to.</param>
    public IEnumerable<(SubjectRow Row, IReadOnlyList<AlertRule> Rules, NewValue Value)> Ticks(HearingMinute minute)
    {
        var (now, listeningSince) = (minute.Now, minute.ListeningSince);
        var gateways = heard.All();
        foreach (var gateway in gateways)
        {
            foreach (var tick in Ticks(gateway, now, listeningSince))
            {
                yield return tick;
            }
        }

        // Values have their gateways' time: against a clock that was set forward all of them would be old at once.
        listeningSince = minute.SetForwardAt > listeningSince ? minute.SetForwardAt.Value : listeningSince;
        var byName = gateways.ToDictionary(gateway => gateway.Gateway);
        foreach (var tick in EndsOfSilence(now))
        {
            yield return tick;
        }

        HashSet<long> ticked = [];
        foreach (var rule in rules.Where(TakesTicks))
        {
            var limit = TimeSpan.FromMinutes(Math.Clamp(rule.Threshold.RaiseLimit, 0, TimeSpan.FromDays(366).TotalMinutes));
            foreach (var row in tables.Silent(rule, KeyNs(now - limit)).Where(row => rule.Watches(row) && !ticked.Contains(row.Id) && !devices.HasNoMore(row.Subject)))
            {
                if (SilenceOf(row, byName, now, listeningSince) is { } silence && silence > limit
                    && silence > ReadingsMissed * tables.Samples.UsualGap(row.Id))
                {
                    ticked.Add(row.Id);
                    yield return Tick(row, now, silence);
                }
            }
        }
    }

    private IEnumerable<(SubjectRow Row, IReadOnlyList<AlertRule> Rules, NewValue Value)> EndsOfSilence(DateTimeOffset now) =>
        from row in rules.Any(TakesTicks) ? tables.Stirring() : []
        where devices.HasNoMore(row.Subject)
            && rules.Any(rule => TakesTicks(rule) && rule.Watches(row) && tables.Alert(rule.Id, row.Id, StateKind.Now).Phase != AlertPhase.Normal)
        select Tick(row, now, TimeSpan.Zero);

    private (SubjectRow Row, IReadOnlyList<AlertRule> Rules, NewValue Value) Tick(SubjectRow row, DateTimeOffset now, TimeSpan silence) => (
        row,
        [.. rules.Where(rule => rule.Watches(row))],
        new NewValue(
            KeyNs(now),
            new AlertSample(now, null, QualityFlag.Missing, Covered: silence, Origin: TickOrigin),
            IsRevision: false));

    private static bool TakesTicks(AlertRule rule) => rule.Statistic?.Takes(TickOrigin) == true;

    private static long KeyNs(DateTimeOffset at) => Point.KeyNs(at.ToUnixTimeMilliseconds(), 0);

    private IEnumerable<(SubjectRow Row, IReadOnlyList<AlertRule> Rules, NewValue Value)> Ticks(
        HeardGateway gateway, DateTimeOffset now, DateTimeOffset listeningSince)
    {
        var subject = AlertSubject.Of(gateway.Gateway);
        var watching = rules.Where(rule => rule.AppliesTo(subject)).ToList();
        if (watching.Count == 0)
        {
            yield break;
        }

        var row = tables.Subject(subject, "");
        var silentSince = gateway.Last > listeningSince ? gateway.Last : listeningSince;

        // Nobody misses one that was taken down: what was told of it ends.
        var value = new AlertSample(now, retired.Contains(gateway.Gateway) ? 0 : Math.Max((now - silentSince).TotalMinutes, 0));
        var states = watching.Select(rule => (Rule: rule, State: tables.Alert(rule.Id, row.Id, StateKind.Now))).ToList();
        var isAnnounced = states.Exists(pair => pair.State.Phase == AlertPhase.Firing);

        // How long it was silent in all is known when it is there again.
        if (isAnnounced && gateway.Before is { } before && states.TrueForAll(pair => pair.State.AsOf < gateway.Since))
        {
            yield return (row, watching, new NewValue(
                KeyNs(gateway.Since), new AlertSample(gateway.Since, (gateway.Since - before).TotalMinutes), IsRevision: false));
        }

        if (states.Exists(pair => Moves(pair.Rule.Threshold, tables.Alert(pair.Rule.Id, row.Id, StateKind.Now), value)))
        {
            yield return (tables.Subject(row.Id), watching, new NewValue(KeyNs(now), value, IsRevision: false));
        }
    }

    /// <summary>Whether a rule is another after a value, or waits for it to hold.</summary>
    /// <param name="threshold">The rule's limits.</param>
    /// <param name="state">Where it stands.</param>
    /// <param name="value">The value.</param>
    internal static bool Moves(ThresholdRule threshold, in AlertState state, in AlertSample value)
    {
        var (next, change) = threshold.Step(state, value);
        return change is not null || next.Phase is AlertPhase.Pending or AlertPhase.Clearing;
    }

    private TimeSpan? SilenceOf(
        SubjectRow row, Dictionary<GatewayName, HeardGateway> gateways, DateTimeOffset now, DateTimeOffset listeningSince)
    {
        var name = row.Subject.Owner;
        if (!gateways.TryGetValue(name, out var gateway) || now - gateway.Last > HeardTable.GapMin || NewestOf(row) is not { } newest)
        {
            return null;
        }

        // A channel that was described anew has its time as after a start.
        var silence = now - new[] { newest, gateway.Since, listeningSince }.Max();
        return devices.SaidFor(name) is { } said && said < silence ? said : silence;
    }

    // Where none is kept: since what was folded away, or forgotten because a clock had stood ahead.
    private DateTimeOffset? NewestOf(SubjectRow row) => tables.Samples.NewestOwn(row.Id)
        ?? (row.FoldedNs > long.MinValue ? DateTimeOffset.FromUnixTimeMilliseconds(row.FoldedNs / 1_000_000) : null);
}
