using PondSentinel.Sensors;

namespace PondSentinel.Gateway.Alarms;

/// <summary>Why a relay is switched. The words are on the wire: never rename, only add.</summary>
internal static class RelayCause
{
    /// <summary>An alarm is raised.</summary>
    public const string Alarm = "alarm";

    /// <summary>The probe of an alarm gives nothing that counts.</summary>
    public const string Fault = "fault";

    /// <summary>No alarm trips it any more.</summary>
    public const string Over = "over";

    /// <summary>It was tripped for as long as it may be.</summary>
    public const string Max = "max";

    /// <summary>Somebody silenced what tripped it.</summary>
    public const string Silence = "silence";

    /// <summary>Somebody tries it.</summary>
    public const string Test = "test";

    /// <summary>The gateway stops.</summary>
    public const string Stop = "stop";

    /// <summary>The settings changed: it is in them no more, or what tripped it is not.</summary>
    public const string Config = "config";
}

/// <summary>A switching of a relay that is due.</summary>
/// <param name="On">Whether it is to be tripped.</param>
/// <param name="Why">Why, one of <see cref="RelayCause"/>.</param>
/// <param name="Alarm">The alarm that is the reason; null where it is none.</param>
internal readonly record struct Switching(bool On, string Why, string? Alarm);

/// <summary>Decides when a relay is tripped, and keeps how it stands. Not thread-safe.</summary>
/// <remarks>Pure but for <see cref="Line"/>, which whoever asked <see cref="Due"/> switches and then tells by <see cref="Note"/>.
/// </remarks>
internal sealed class Relay
{
    private List<Call> calls;
    private TimeSpan? switchedAt;
    private TimeSpan? testUntil;
    private string? lastEnd;
    private bool isTestOn;

    // Whether its line was ever taken hold of.
    private bool isHeld;

    /// <summary>A relay that is not tripped.</summary>
    /// <param name="options">Its settings.</param>
    /// <param name="line">Its line; owned by it.</param>
    /// <param name="alarms">The alarms that trip it.</param>
    public Relay(RelayOptions options, IRelay line, IEnumerable<Alarm> alarms)
    {
        (Options, Line) = (options, line);
        calls = [.. alarms.Select(alarm => new Call(alarm))];
    }

    /// <summary>Its settings.</summary>
    public RelayOptions Options { get; private set; }

    /// <summary>Its line.</summary>
    public IRelay Line { get; }

    /// <summary>Whether it is tripped, as far as is known: a line that could not be switched stands as it stood.</summary>
    public bool IsOn { get; private set; }

    /// <summary>Since when it stands as it does; null before it was ever switched.</summary>
    public TimeSpan? Since => switchedAt;

    /// <summary>Why it was last switched.</summary>
    public Switching? Last { get; private set; }

    /// <summary>Why its line cannot be switched, and what to do; null where it can.</summary>
    public string? Fault { get; private set; }

    /// <summary>Goes by other settings of the same line, and by other alarms. Those that trip it and are still there go on doing so, for as
    /// long as they may: another limit counts from when they began, also where the one before has been reached.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="alarms">The alarms that trip it.</param>
    public void Follow(RelayOptions options, IEnumerable<Alarm> alarms)
    {
        var before = calls;
        if (options.OnMax != Options.OnMax)
        {
            before.ForEach(call => call.IsSpent = false);
        }

        Options = options;
        calls = [.. alarms.Select(alarm => before.Find(call => call.Alarm == alarm) ?? new Call(alarm))];
        lastEnd = before.Exists(call => call is { Since: not null, IsSpent: false } && !calls.Contains(call)) ? RelayCause.Config : lastEnd;
    }

    /// <summary>Whether an alarm trips it.</summary>
    /// <param name="alarm">The alarm.</param>
    public bool IsFor(Alarm alarm) => calls.Exists(call => call.Alarm == alarm);

    /// <summary>How long each alarm has tripped it, for whoever keeps it over a restart.</summary>
    /// <param name="now">The boot-time clock.</param>
    public IEnumerable<(string Alarm, TimeSpan For)> Rung(TimeSpan now) =>
        calls.Where(call => call.Since is not null || call.IsSpent)
            .Select(call => (call.Alarm.Options.Id, call.IsSpent ? Options.OnMax ?? TimeSpan.Zero : now - call.Since!.Value));

    /// <summary>Takes up for how long an alarm had tripped it when the process before this one ended.</summary>
    /// <param name="alarm">The alarm.</param>
    /// <param name="rung">How long.</param>
    /// <param name="now">The boot-time clock.</param>
    public void Resume(string alarm, TimeSpan rung, TimeSpan now)
    {
        if (calls.Find(call => call.Alarm.Options.Id == alarm) is { Alarm.IsRaised: true } known)
        {
            (known.IsSpent, known.Since, known.IsLatched) = (Options.OnMax is { } most && rung >= most, now - rung, true);
        }
    }

    /// <summary>Trips it for a while, whatever the alarms say.</summary>
    /// <param name="length">How long.</param>
    /// <param name="now">The boot-time clock.</param>
    public void Test(TimeSpan length, TimeSpan now) => testUntil = now + length;

    /// <summary>Whether it may be switched yet.</summary>
    /// <param name="now">The boot-time clock.</param>
    public bool IsRested(TimeSpan now) => switchedAt is not { } at || now - at >= Options.Rest;

    /// <summary>What is to be done now; null: nothing.</summary>
    /// <param name="now">The boot-time clock.</param>
    /// <param name="isOffline">Whether there is no link to the broker.</param>
    public Switching? Due(TimeSpan now, bool isOffline)
    {
        Switching? called = null;
        foreach (var call in calls)
        {
            var asked = Asks(call, now, isOffline);
            called ??= asked;
        }

        var isTested = now < testUntil;
        if (called is null && isTested)
        {
            called = new Switching(On: true, RelayCause.Test, null);
        }

        if (called is not null == IsOn && Fault is null && isHeld)
        {
            isTestOn &= isTested;
            lastEnd = null;
            return null;
        }

        // A trial ends when it ends: nothing was running that could wear by it.
        var isEndOfTest = isTestOn && called is null;
        return isEndOfTest || IsRested(now)
            ? called ?? new Switching(On: false, isEndOfTest ? RelayCause.Test : lastEnd ?? RelayCause.Over, Last?.Alarm)
            : null;
    }

    /// <summary>Notes what came of a switching.</summary>
    /// <param name="switching">The switching.</param>
    /// <param name="fault">Why it could not be done; null where it was.</param>
    /// <param name="now">The boot-time clock.</param>
    /// <returns>Whether there is anything to tell: it stands otherwise, or its fault has begun or ended.</returns>
    public bool Note(Switching switching, string? fault, TimeSpan now)
    {
        var isOn = fault is null ? switching.On : IsOn;
        var isNews = isOn != IsOn || (fault is null) != (Fault is null);
        isTestOn = switching is { On: true, Why: RelayCause.Test };

        // That its line is taken hold of at the start is no switching.
        switchedAt = isHeld || switching.On || fault is not null ? now : null;
        (IsOn, Fault, isHeld) = (isOn, fault, true);

        // A release that is tried again is for the same reason.
        lastEnd = fault is null || switching.On ? null : switching.Why;
        Last = isNews ? switching : Last;
        return isNews;
    }

    // Every call is looked at, also behind one that trips: each has a time of its own.
    private Switching? Asks(Call call, TimeSpan now, bool isOffline)
    {
        var isFaulty = now - call.Alarm.LastGood > Options.FaultAfter;
        var asks = isFaulty && Options.OnFault != OnFault.Keep ? Options.OnFault == OnFault.Trip : call.Alarm.IsRaised;
        if (!asks)
        {
            (call.IsSpent, call.IsLatched, call.Since) = (false, false, null);
            return null;
        }

        // A link that comes and goes must not make a siren stutter.
        call.IsLatched |= !Options.IsForOffline || isOffline;
        if (Options.Kind == RelayKind.Siren && call.Alarm.IsSilenced(now))
        {
            (call.Since, lastEnd) = (call.IsSpent ? call.Since : null, RelayCause.Silence);
            return null;
        }

        if (!call.IsLatched || call.IsSpent)
        {
            return null;
        }

        call.Since ??= now;
        if (Options.OnMax is { } most && now - call.Since >= most)
        {
            (call.IsSpent, lastEnd) = (true, RelayCause.Max);
            return null;
        }

        return new Switching(On: true, isFaulty && !call.Alarm.IsRaised ? RelayCause.Fault : RelayCause.Alarm, call.Alarm.Options.Id);
    }

    private sealed class Call(Alarm alarm)
    {
        public Alarm Alarm { get; } = alarm;

        // Since when it trips, or tripped before it was spent; null while it does not.
        public TimeSpan? Since { get; set; }

        // It has tripped for as long as it may, until it is over.
        public bool IsSpent { get; set; }

        public bool IsLatched { get; set; }
    }
}
