using System.Text.Json;
using Microsoft.Extensions.Logging;
using PondSentinel.Alerting;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Terminal;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Alarms;

/// <summary>Tells of alarms and relays: events of type <c>alarm</c> and lines in the journal.</summary>
/// <remarks>The journal has all; of the events see <see cref="ToldPace"/>. Not thread-safe.</remarks>
/// <param name="sink">Where events go.</param>
/// <param name="log">The journal.</param>
internal sealed class AlarmReport(RecordSink sink, ILogger log)
{
    /// <summary>How often it is told again that an alarm goes on, so that nobody waits for ever for the end of one whose gateway was replaced.
    /// </summary>
    public static readonly TimeSpan AgainInterval = TimeSpan.FromHours(24);

    private readonly Dictionary<string, (ToldPace Pace, bool Told, TimeSpan At, int Untold)> alarms = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (ToldPace Pace, Switching? Untold, ClockReading At, int Count)> relays = new(StringComparer.Ordinal);

    /// <summary>Tells that the process has begun, or goes by other settings, and which alarms are raised: all others are not.</summary>
    /// <param name="raised">The alarms that go on.</param>
    /// <param name="now">When.</param>
    public void Started(IReadOnlyList<string> raised, ClockReading now)
    {
        // What goes on is told again at once: the process before may have ended before its word was on the card.
        foreach (var alarm in raised)
        {
            alarms[alarm] = (new ToldPace(), Told: true, now.BootTime - AgainInterval, Untold: 0);
        }

        Tell(device: null, now, "start", 0, json => JsonLine.Texts(json, "raised", raised));
    }

    /// <summary>Notes that an alarm is raised, or over, and tells it where that may be told now.</summary>
    /// <param name="alarm">The alarm, which has made a step.</param>
    public void Stepped(Alarm alarm)
    {
        if (alarm.Last is { } step)
        {
            log.Log(
                step.Change.IsRaised ? LogLevel.Warning : LogLevel.Information,
                "alarm {Alarm} {What}: {Channel} at {Value} {Unit}, limit {Limit}",
                alarm.Options.Id,
                step.Change.IsRaised ? "raised" : "over",
                alarm.Options.Reference,
                step.Change.Value,
                alarm.Options.Statistic?.UnitOf(alarm.Options.Measurand.Unit) ?? alarm.Options.Measurand.Unit,
                alarm.Options.Threshold.RaiseLimit);
            var known = alarms.GetValueOrDefault(alarm.Options.Id, (new ToldPace(), Told: false, TimeSpan.Zero, Untold: 0));
            alarms[alarm.Options.Id] = known with { Untold = known.Untold + 1 };
            TellStanding(alarm, step.Clock);
        }
    }

    /// <summary>Forgets an alarm that is no more, or begins anew by other limits: what was told of it is none of the next one's.</summary>
    /// <param name="alarm">Its name.</param>
    public void Forget(string alarm) => alarms.Remove(alarm);

    /// <summary>Notes that an alarm goes by other settings: what goes on is told again, by the new ones.</summary>
    /// <param name="alarm">The alarm, which stands as it stood.</param>
    /// <param name="now">When.</param>
    public void Changed(Alarm alarm, ClockReading now)
    {
        if (alarms.TryGetValue(alarm.Options.Id, out var known))
        {
            alarms[alarm.Options.Id] = known with { At = now.BootTime - AgainInterval };
        }
    }

    /// <summary>Tells what could not be told at once, and again what goes on.</summary>
    /// <param name="alarm">The alarm.</param>
    /// <param name="now">When.</param>
    public void Look(Alarm alarm, ClockReading now)
    {
        if (alarms.TryGetValue(alarm.Options.Id, out var known)
            && (known.Told != alarm.IsRaised || (known.Told && now.BootTime - known.At >= AgainInterval)))
        {
            TellStanding(alarm, now);
        }
    }

    /// <summary>Tells that a relay was switched, or that it could not be.</summary>
    /// <param name="relay">The relay.</param>
    /// <param name="now">When.</param>
    public void Switched(Relay relay, ClockReading now)
    {
        if (relay.Last is not { } switching)
        {
            return;
        }

        log.Log(
            relay.Fault is null ? LogLevel.Information : LogLevel.Error,
            "relay {Relay} {What} ({Why} {Alarm}){Fault}",
            relay.Options.Id,
            switching.On ? "trips" : "is released",
            switching.Why,
            switching.Alarm ?? "-",
            relay.Fault is { } fault ? $": {fault}" : "");
        var known = relays.GetValueOrDefault(relay.Options.Id, (new ToldPace(), null, now, 0));
        relays[relay.Options.Id] = known with { Untold = switching, At = now, Count = known.Count + 1 };
        Look(relay, now.BootTime);
    }

    /// <summary>Tells what could not be told at once of a relay.</summary>
    /// <param name="relay">The relay.</param>
    /// <param name="now">The boot-time clock.</param>
    public void Look(Relay relay, TimeSpan now)
    {
        if (!relays.TryGetValue(relay.Options.Id, out var known) || known.Untold is not { } switching || !known.Pace.TryTake(now))
        {
            return;
        }

        relays[relay.Options.Id] = known with { Untold = null, Count = 0 };
        Tell(device: null, known.At, "relay", known.Count - 1, json =>
        {
            json.WriteString("relay", relay.Options.Id);
            json.WriteBoolean("on", relay.IsOn);
            json.WriteString("why", switching.Why);
            if (switching.Alarm is { } alarm)
            {
                json.WriteString("alarm", alarm);
            }

            if (relay.Fault is { } fault)
            {
                json.WriteString("fault", EventJson.Cut(fault));
            }
        });
    }

    /// <summary>Tells that somebody silenced an alarm.</summary>
    /// <param name="alarm">The alarm.</param>
    /// <param name="length">For how long.</param>
    /// <param name="who">Who.</param>
    /// <param name="uid">The user who asked.</param>
    /// <param name="now">When.</param>
    public void Silenced(Alarm alarm, TimeSpan length, string who, uint uid, ClockReading now)
    {
        log.LogInformation("alarm {Alarm} silenced by {Who} (user {Uid}) for {Minutes:0} min", alarm.Options.Id, who, uid, length.TotalMinutes);
        Tell(alarm.Options.Device, now, "silence", 0, json =>
        {
            json.WriteString("alarm", alarm.Options.Id);
            json.WriteString("who", who);
            json.WriteNumber("uid", uid);
            json.WriteNumber("for_s", (long)length.TotalSeconds);
        });
    }

    /// <summary>Tells that somebody tries the relays of an alarm.</summary>
    /// <param name="alarm">The alarm.</param>
    /// <param name="who">Who.</param>
    /// <param name="uid">The user who asked.</param>
    /// <param name="now">When.</param>
    public void Tested(Alarm alarm, string who, uint uid, ClockReading now)
    {
        log.LogInformation("alarm {Alarm} tried by {Who} (user {Uid})", alarm.Options.Id, who, uid);
        Tell(alarm.Options.Device, now, "test", 0, json =>
        {
            json.WriteString("alarm", alarm.Options.Id);
            json.WriteString("who", who);
            json.WriteNumber("uid", uid);
        });
    }

    private void TellStanding(Alarm alarm, ClockReading now)
    {
        var known = alarms[alarm.Options.Id];
        var isAgain = known.Told == alarm.IsRaised;
        if ((isAgain && !(known.Told && now.BootTime - known.At >= AgainInterval)) || !known.Pace.TryTake(now.BootTime))
        {
            return;
        }

        // What was told late is told as of the step itself; what is told again, of now.
        var step = alarm.Last;
        var at = isAgain || step is null || step.Change.IsRaised != alarm.IsRaised ? now : step.Clock;
        var change = isAgain || step is null || step.Change.IsRaised != alarm.IsRaised ? Present(alarm, now) : step.Change;
        alarms[alarm.Options.Id] = known with { Told = alarm.IsRaised, At = now.BootTime, Untold = 0 };
        Tell(alarm.Options.Device, at, null, Math.Max(known.Untold - 1, 0), json => GatewayAlarmCodec.Write(json, alarm.Tell(change, alarm.IsRaised)));
    }

    private static AlertChange Present(Alarm alarm, ClockReading now)
    {
        var standing = alarm.Standing;
        return new AlertChange(standing.Phase, standing.Phase, Alarm.At(now.BootTime), standing.Peak, standing.Since, standing.Peak)
        {
            Flag = standing.IsPeakBound ? QualityFlag.Fail : QualityFlag.Good,
            IsBound = standing.IsPeakBound,
            IsPeakBound = standing.IsPeakBound,
        };
    }

    private void Tell(string? device, ClockReading now, string? what, int untold, Action<Utf8JsonWriter> write) =>
        sink.AppendEvent(GatewayAlarm.EventType, device, now, EventJson.Of(untold, json =>
        {
            if (what is not null)
            {
                json.WriteString("what", what);
            }

            write(json);
        }));
}
