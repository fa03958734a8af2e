using System.Text.Json;
using PondSentinel.Alerting;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Alerting;

/// <summary>Makes alerts of what gateways tell of their own alarms, within one transaction.</summary>
/// <remarks>A step of an alarm is kept as a value of its channel, apart from the channel's own: beyond the limit, or back. So it goes the way of
/// all values: late, twice and in any order it gives the same alerts. What <see cref="Incidents"/> then does is to tell of the alarm and of the
/// backend's rules once.</remarks>
/// <param name="tables">What is kept.</param>
/// <param name="step">Steps rules.</param>
/// <param name="book">Decides what people are told.</param>
/// <param name="logger">The journal.</param>
internal sealed class GatewayAlarms(AlertTables tables, SubjectStep step, EpisodeBook book, ILogger logger)
{
    /// <summary>An alarm that is raised longer ago than this waits <see cref="WaitMax"/> for the news that it is over.</summary>
    public static readonly TimeSpan StaleAfter = TimeSpan.FromMinutes(5);

    /// <summary>How long news of an old alarm wait for those that follow at once where a gateway was away.</summary>
    public static readonly TimeSpan WaitMax = TimeSpan.FromMinutes(1);

    /// <summary>A gateway says each day that an alarm goes on. Where it has not for so long, nobody knows of it any more.</summary>
    public static readonly TimeSpan ForgottenAfter = TimeSpan.FromDays(7);

    /// <summary>Alarms of one gateway that are kept at most.</summary>
    public const int AlarmsMax = 200;

    private const long NsPerMs = 1_000_000;

    // What stands beside an event, its worst or what was before it, is a millisecond away.
    private const long SetBackMinMs = 1_000;

    /// <summary>Takes an event of type <c>alarm</c>.</summary>
    /// <param name="gateway">Its gateway.</param>
    /// <param name="message">The event, hostile until shown otherwise.</param>
    /// <param name="now">The backend's time.</param>
    public void Take(GatewayName gateway, EventMessage message, DateTimeOffset now)
    {
        // One of the clocks is wrong, however far, and what it tells of is true.
        var isOfNow = message.TimeMs > Points.AheadMs(now);
        if (isOfNow)
        {
            logger.LogWarning(
                "An alarm of gateway {Gateway} is of a time ahead of this clock ({TimeMs}) and is taken as of now: see which clock is wrong", gateway.Gateway, message.TimeMs);
            message = message with { TimeMs = now.ToUnixTimeMilliseconds() };
        }

        if (message.TimeMs < DateTimeOffset.UnixEpoch.ToUnixTimeMilliseconds())
        {
            logger.LogWarning("An alarm of gateway {Gateway} is of a time that cannot be ({TimeMs}): no alert is made of it", gateway.Gateway, message.TimeMs);
        }
        else if (GatewayAlarmCodec.Holds(message.Body))
        {
            TakeStep(gateway, message, now, isOfNow);
        }
        else if (RaisedAtStart(message.Body) is { } raised)
        {
            var at = DateTimeOffset.FromUnixTimeMilliseconds(message.TimeMs);

            // A gateway whose clock is a little ahead at its start has it right soon, and what it raises then is not of before.
            var through = Point.KeyNs(Math.Min(message.TimeMs, now.ToUnixTimeMilliseconds()), 0);

            // And what it raised by a clock that was ahead came before the start, by whatever clock that is: that it was heard before tells,
            // for events come in their order; or that the gateway itself numbers the start as later, whose clock went back.
            foreach (var told in tables.GatewayAlarms.Of(gateway).Where(told => !raised.Contains(told.Alarm.Alarm)))
            {
                if (tables.Alert(told.Rule.Id, told.Row.Id, StateKind.Now) is { Phase: not AlertPhase.Normal } state
                    && (state.AsOf < at || told.Heard < at
                        || (told.Latest is { } last && last.Epoch == message.Epoch && message.Number > last.Number)))
                {
                    Retire(told, through);
                }
            }
        }
    }

    /// <summary>Takes back alarms that their gateways have not said anything of for too long.</summary>
    /// <param name="now">The backend's time.</param>
    public void Forget(DateTimeOffset now)
    {
        foreach (var told in tables.GatewayAlarms.Unheard(now - ForgottenAfter))
        {
            if (tables.Alert(told.Rule.Id, told.Row.Id, StateKind.Now).Phase != AlertPhase.Normal)
            {
                Retire(told, told.Row.NewestNs);
            }
        }
    }

    private static List<string>? RaisedAtStart(JsonElement body) =>
        body.TryGetProperty("what", out var what) && what.ValueKind == JsonValueKind.String && what.ValueEquals("start")
        && body.TryGetProperty("raised", out var raised) && raised.ValueKind == JsonValueKind.Array
            ? [.. raised.EnumerateArray().Where(name => name.ValueKind == JsonValueKind.String).Select(name => name.GetString()!)]
            : null;

    private void TakeStep(GatewayName gateway, EventMessage message, DateTimeOffset now, bool isOfNow)
    {
        var (alarm, malformed) = GatewayAlarmCodec.Read(message.Body);
        if (alarm is null || message.Device is not { } device || SamplesOf(alarm, message.TimeMs, isOfNow) is not { } samples)
        {
            logger.LogWarning(
                "An alarm of gateway {Gateway} is none, so no alert is made of it: {Why}", gateway.Gateway, malformed ?? "its number is not beyond its limit, or not back");
            return;
        }

        var subject = new AlertSubject(gateway.Site, alarm.Station, gateway.Gateway, device, alarm.Channel, alarm.Measurand);
        var known = tables.GatewayAlarms.Of(gateway);
        if (known.Count >= AlarmsMax && !known.Exists(told => told.Alarm.Alarm == alarm.Alarm && told.Row.Subject == subject))
        {
            logger.LogWarning("Gateway {Gateway} has told of {Count} alarms, so no alert is made of more", gateway.Gateway, AlarmsMax);
            return;
        }

        var row = tables.Subject(subject, ToldAlarm.IdOf(alarm.Alarm));
        var before = tables.GatewayAlarms.Find(row.Id);

        // Events come in their order: what follows one that is ahead of now is later, and the clock that told that has been set back since. So it
        // has where the gateway itself numbers as later what it times as earlier.
        var isSetBack = row.NewestNs > Point.KeyNs(Points.AheadMs(now), 0)
            || (before?.Latest is { } last && last.Epoch == message.Epoch && message.Number > last.Number
                && message.TimeMs + SetBackMinMs < row.NewestNs / NsPerMs);
        var timeMs = isSetBack ? (row.NewestNs / NsPerMs) + 2 : message.TimeMs;
        if (before is not null && ToldAlarm.ThresholdOf(before.Alarm) != ToldAlarm.ThresholdOf(alarm) && Point.KeyNs(timeMs, 0) < row.NewestNs
            && tables.Alert(before.Rule.Id, row.Id, StateKind.Now).Phase.IsAnnounced)
        {
            logger.LogInformation(
                "An alarm of gateway {Gateway} of before, by a limit that {Alarm} no longer has, is no news: that is on by the limit of now", gateway.Gateway, alarm.Alarm);
            return;
        }

        if (before is null ? row.Kept > 0 : ToldAlarm.ThresholdOf(before.Alarm) != ToldAlarm.ThresholdOf(alarm))
        {
            // What is kept was judged by another limit, or by one that was forgotten.
            Retire(before ?? new ToldAlarm(row, alarm, now), row.NewestNs);
            row = tables.Subject(row.Id);
        }

        // A raise of before a start that no longer knew of it: only how it ended would be news.
        if (alarm.IsRaised && Point.KeyNs(timeMs, 0) <= row.FoldedNs)
        {
            return;
        }

        
        // What comes late, by a gap that is filled or of an epoch of before, is no later for having come.
        tables.GatewayAlarms.Save(
            row.Id, gateway, alarm, Point.KeyNs(timeMs, 0) >= row.NewestNs ? (message.Epoch, message.Number) : before?.Latest, now);
        if (timeMs > message.TimeMs)
        {
            samples = SamplesOf(alarm, timeMs, isOfNow)!;
        }

        var rule = new ToldAlarm(row, alarm, now).Rule;
        var isStale = alarm.IsRaised && now - DateTimeOffset.FromUnixTimeMilliseconds(message.TimeMs) > StaleAfter;
        step.Take(row, [rule], samples, isStale);
        if (alarm.IsRaised)
        {
            book.TellWhereGraver(rule, row);

            // That it still goes on is told with the worst so far, which is of no time that anybody knows.
            if (before is not { Alarm.IsRaised: true } || alarm.Value != alarm.Peak)
            {
                NoteNewest(rule, row, samples[0].Sample);
            }
        }
    }

    // The worst, which may stand behind it, is of no time that anybody knows.
    private void NoteNewest(AlertRule rule, SubjectRow before, in AlertSample said)
    {
        if (Point.KeyNs(said.At.ToUnixTimeMilliseconds(), 0) > before.NewestNs && tables.OpenEpisode(rule.Id, before.Id) is { } open)
        {
            tables.SaveNewest(open, rule, StepValue.Of(BeyondRange.Judged(said, null), rule.Threshold.Side));
        }
    }

    // The gateway has waited for the holds. Nobody said when the worst was: it stands beside what is told, and moves nothing.
    // Of what is taken as of now the end may come in the same moment: no worst behind the beginning, it would outlast that.
    private static List<NewValue>? SamplesOf(GatewayAlarm alarm, long timeMs, bool isOfNow)
    {
        var threshold = ToldAlarm.ThresholdOf(alarm);
        var at = DateTimeOffset.FromUnixTimeMilliseconds(timeMs);
        var before = TimeSpan.FromMilliseconds(alarm.BeforeMs);
        var isBound = alarm.IsRaised ? alarm.IsBound : alarm.IsPeakBound;
        var (flag, why) = isBound ? (QualityFlag.Fail, Why.OverRange) : (alarm.Flag, Why.None);

        // One that was raised by a single unchecked value, as gateways of before did, waits for no second one: the gateway sends no more.
        var covered = flag == QualityFlag.NotEvaluated && before == TimeSpan.Zero ? TimeSpan.FromMilliseconds(1) : before;
        var raised = new AlertSample(at, alarm.IsRaised ? alarm.Value : alarm.Peak, flag, why, Covered: covered);
        if (!threshold.Exceeds(raised.Value!.Value))
        {
            return null;
        }

        if (alarm.IsRaised)
        {
            var isWorst = threshold.Worse(alarm.Value, alarm.Peak) == alarm.Value && (alarm.IsBound || !alarm.IsPeakBound);
            var worst = new AlertSample(
                at.AddMilliseconds(1), threshold.Worse(alarm.Value, alarm.Peak), alarm.IsPeakBound ? QualityFlag.Fail : flag, alarm.IsPeakBound ? Why.OverRange : why);
            return
            [
                new NewValue(Point.KeyNs(timeMs, 0), raised, IsRevision: false),
                .. isWorst || isOfNow ? (NewValue[])[] : [new NewValue(Point.KeyNs(timeMs + 1, 0), worst, IsRevision: false)],
            ];
        }

        var cleared = new AlertSample(at, alarm.Value, alarm.Flag);
        var firing = new AlertState(AlertPhase.Firing, at - before, TimeSpan.Zero, alarm.Peak, at.AddMilliseconds(-1));
        return threshold.Step(firing, cleared).Next.Phase == AlertPhase.Normal
            ?
            [
                new NewValue(Point.KeyNs(timeMs - 1, 0), raised with { At = at.AddMilliseconds(-1) }, IsRevision: false),
                new NewValue(Point.KeyNs(timeMs, 0), cleared, IsRevision: false),
            ]
            : null;
    }

    private void Retire(ToldAlarm told, long throughNs) => step.TakeBack(told.Row, [told.Rule], throughNs);
}
