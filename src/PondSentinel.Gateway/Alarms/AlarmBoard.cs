using Microsoft.Extensions.Logging;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Control;
using PondSentinel.Gateway.Time;
using PondSentinel.Terminal;
using PondSentinel.Toml;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Alarms;

/// <summary>What surrounds the alarms of a gateway.</summary>
internal sealed record AlarmRoom
{
    /// <summary>The alarms, by their settings.</summary>
    public required IReadOnlyList<AlarmOptions> Alarms { get; init; }

    /// <summary>The relays, by their settings.</summary>
    public required IReadOnlyList<RelayOptions> Relays { get; init; }

    /// <summary>Gives the line of a relay, which is owned from then on.</summary>
    public required Func<RelayOptions, Sensors.IRelay> LineOf { get; init; }

    /// <summary>What is kept over restarts.</summary>
    public required AlarmFile File { get; init; }

    /// <summary>The clock.</summary>
    public required GatewayClock Clock { get; init; }

    /// <summary>For waiting.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Who tells of them.</summary>
    public required AlarmReport Report { get; init; }

    /// <summary>The journal.</summary>
    public required ILogger Log { get; init; }

    /// <summary>Whether there is a link to the broker now; null where the settings have no broker.</summary>
    public Func<bool?> IsLinked { get; init; } = static () => null;
}

/// <summary>Watches the limits of the gateway itself and trips relays by them, whether or not there is a link. Thread-safe.</summary>
/// <remarks>A poll judges its values here, which takes no time to speak of; relays are switched by <see cref="RunAsync"/> alone, and
/// the card is written by a task of its own, so no poll waits for either, and no siren for a card that hangs. Time is the boot-time clock's. README.md of this folder tells the rest.</remarks>
internal sealed class AlarmBoard : IDisposable
{
    /// <summary>How long a trial of a relay takes.</summary>
    public static readonly TimeSpan TestLength = TimeSpan.FromSeconds(2);

    /// <summary>A link that is away for less is none that was lost.</summary>
    public static readonly TimeSpan OfflineAfter = TimeSpan.FromMinutes(1);

    /// <summary>How often is looked what time alone brings: the end of a siren's time, a probe that is silent.</summary>
    public static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    /// <summary>How long a turn of the loop may take: a line of GPIO that takes its time is no loop that hangs.</summary>
    public static readonly TimeSpan TurnMax = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan SaveWhileRaised = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan SaveAtRest = TimeSpan.FromMinutes(5);

    private readonly Lock gate = new();
    private readonly AlarmRoom room;
    private readonly GatewayClock clock;

    // In the settings no more, and not released yet.
    private readonly List<Relay> leaving = [];
    private List<Alarm> alarms;
    private List<Relay> relays;
    private bool isKept;
    private TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TimeSpan linkedAt;
    private TimeSpan savedAt;
    private bool isUnsaved;
    private bool isFailing;
    private Task saving = Task.CompletedTask;

    /// <summary>Takes up how the alarms stood when the process before this one ended. Before anybody polls.</summary>
    /// <param name="room">What surrounds them.</param>
    public AlarmBoard(AlarmRoom room)
    {
        (this.room, clock) = (room, room.Clock);
        var now = clock.Now();
        (linkedAt, savedAt) = (now.BootTime, now.BootTime);
        alarms = [.. room.Alarms.Select(options => new Alarm(options, now.BootTime))];
        relays = [.. room.Relays.Select(NewRelay)];
        var kept = room.File.Read(out var failure);
        if (failure is not null)
        {
            room.Log.LogWarning("how alarms stood before this start cannot be read, so none is raised: {Failure}", failure);
        }

        isKept = alarms.Count > 0 || kept is { Alarms.Count: > 0 };
        if (isKept)
        {
            Resume(kept, now);
        }
    }

    /// <summary>Tells which alarms go on: all others that were ever told of are over, whatever became of their settings. Before anybody
    /// polls.</summary>
    public void Begin()
    {
        if (isKept)
        {
            room.Report.Started(Raised, clock.Now());
        }
    }

    /// <summary>Judges a record.</summary>
    /// <param name="device">Its device.</param>
    /// <param name="at">The clocks in the middle of the poll.</param>
    /// <param name="values">Its channels.</param>
    /// <returns>Whether an alarm is raised by it, or over: then it cannot wait.</returns>
    public bool Judge(string device, ClockReading at, IReadOnlyList<ChannelValue> values)
    {
        var isNews = false;
        lock (gate)
        {
            foreach (var alarm in alarms)
            {
                foreach (var value in alarm.Options.Device == device ? values : [])
                {
                    if (value.Channel == alarm.Options.Channel && alarm.Take(value, at))
                    {
                        room.Report.Stepped(alarm);
                        (isNews, isUnsaved) = (true, true);
                    }
                }
            }

            if (isNews)
            {
                Wake();
            }
        }

        return isNews;
    }

    /// <summary>Goes by other settings. What is the same in them does not notice: an alarm that is raised by the same values stands as it
    /// stood, and a relay on the same line is not switched for it. What is no more is released, and then what is new is taken.</summary>
    /// <param name="wantedAlarms">The alarms.</param>
    /// <param name="wantedRelays">The relays.</param>
    /// <returns>Completes when every line that is no longer a relay's was given back, or could not be: that is tried on.</returns>
    public Task FollowAsync(IReadOnlyList<AlarmOptions> wantedAlarms, IReadOnlyList<RelayOptions> wantedRelays)
    {
        lock (gate)
        {
            var now = clock.Now();
            var (alarmsBefore, relaysBefore) = (alarms, relays);
            FollowAlarms(wantedAlarms, now);
            relays = [.. wantedRelays.Select(relay => Follow(relay, now.BootTime))];
            leaving.AddRange(relaysBefore.Except(relays));
            isKept |= alarms.Count > 0;

            // As at a start: what nobody watches any more is taken back, because nobody will ever say that it is over.
            if (alarmsBefore.Exists(alarm => alarm.IsRaised && !alarms.Contains(alarm)))
            {
                room.Report.Started(Raised, now);
            }

            isUnsaved = true;
            released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Wake();
            return leaving.Count > 0 ? released.Task : Task.CompletedTask;
        }
    }

    /// <summary>How everything stands, for whoever asks.</summary>
    /// <typeparam name="T">What is made of it.</typeparam>
    /// <param name="read">Reads it; at once.</param>
    public T Read<T>(Func<IReadOnlyList<Alarm>, IReadOnlyList<Relay>, TimeSpan, T> read)
    {
        lock (gate)
        {
            return read(alarms, [.. relays, .. leaving], clock.BootTime);
        }
    }

    /// <summary>Silences an alarm: it trips no siren until then.</summary>
    /// <param name="name">The alarm.</param>
    /// <param name="length">How long.</param>
    /// <param name="who">Who.</param>
    /// <param name="uid">The user who asks.</param>
    /// <exception cref="ControlRefusedException">There is none of that name.</exception>
    public void Silence(string name, TimeSpan length, string who, uint uid)
    {
        lock (gate)
        {
            var alarm = Find(name);
            var now = clock.Now();
            alarm.Silenced = (now.BootTime + length, who);
            room.Report.Silenced(alarm, length, who, uid, now);
            isUnsaved = true;
            Wake();
        }
    }

    /// <summary>Trips the relays of an alarm for <see cref="TestLength"/>, and waits for the end.</summary>
    /// <param name="name">The alarm.</param>
    /// <param name="who">Who.</param>
    /// <param name="uid">The user who asks.</param>
    /// <param name="cancellationToken">The gateway stops.</param>
    /// <returns>The relays, each with what is wrong with its line; null where nothing is.</returns>
    /// <exception cref="ControlRefusedException">There is none of that name, it trips none, or one cannot be tried now.</exception>
    public async Task<IReadOnlyList<(string Relay, string? Fault)>> TestAsync(string name, string who, uint uid, CancellationToken cancellationToken)
    {
        List<Relay> tried;
        lock (gate)
        {
            var alarm = Find(name);
            var now = clock.Now();
            tried = relays.FindAll(relay => relay.IsFor(alarm));
            if (tried.Count == 0)
            {
                throw new ControlRefusedException($"alarm {name} trips no relay");
            }

            if (tried.Find(relay => relay.IsOn) is { } on)
            {
                throw new ControlRefusedException($"relay {on.Options.Id} is tripped: there is nothing to try");
            }

            if (tried.Find(relay => !relay.IsRested(now.BootTime)) is { } young)
            {
                throw new ControlRefusedException($"relay {young.Options.Id} was switched a moment ago and rests; try again in {Units.Text(young.Options.Rest)}");
            }

            tried.ForEach(relay => relay.Test(TestLength, now.BootTime));
            room.Report.Tested(alarm, who, uid, now);
            Wake();
        }

        await Task.Delay(TestLength + (2 * LookInterval), room.Time, cancellationToken);
        lock (gate)
        {
            return [.. tried.Select(relay => (relay.Options.Id, relay.Fault))];
        }
    }

    /// <summary>Switches relays and keeps how alarms stand, until told to stop; then relays are released.</summary>
    /// <param name="loop">Is told at each turn.</param>
    /// <param name="cancellationToken">Tells it; ends the task without an exception.</param>
    public async Task RunAsync(WatchedLoop? loop, CancellationToken cancellationToken)
    {
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                loop?.Turn(TurnMax);
                Task next;
                lock (gate)
                {
                    next = woken.Task;
                }

                Look();
                await next.WaitAsync(LookInterval, room.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            loop?.End();
            await ReleaseAsync();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var relay in All())
        {
            relay.Line.Dispose();
        }
    }

    /// <summary>Ends when what is being written is written. Never two at a time.</summary>
    internal Task Saving => saving;

    /// <summary>Does what is due now, and has written what is to be kept.</summary>
    internal void Look()
    {
        var now = clock.Now();

        // First, because what comes may be on the line of what goes.
        Release(now);
        foreach (var (relay, switching) in DueNow(now))
        {
            Switch(relay, switching, now);
        }

        Save(now);
    }

    private List<string> Raised => [.. alarms.Where(alarm => alarm.IsRaised).Select(alarm => alarm.Options.Id)];

    private List<Relay> All()
    {
        lock (gate)
        {
            return [.. relays, .. leaving];
        }
    }

    private void Switch(Relay relay, Switching switching, ClockReading now)
    {
        var fault = relay.Line.Switch(switching.On);
        lock (gate)
        {
            if (relay.Note(switching, fault, now.BootTime))
            {
                room.Report.Switched(relay, now);
                isUnsaved = true;
            }
        }
    }

    private void Release(ClockReading now)
    {
        List<Relay> due;
        TaskCompletionSource asked;
        lock (gate)
        {
            // Without a rest at first: it is ordered, and nothing follows that could wear by it.
            due = leaving.FindAll(relay => relay.Fault is null || relay.IsRested(now.BootTime));
            asked = released;
        }

        foreach (var relay in due)
        {
            if (relay.IsOn || relay.Fault is not null)
            {
                Switch(relay, new Switching(On: false, RelayCause.Config, relay.Last?.Alarm), now);
            }

            lock (gate)
            {
                // What has its line now says itself what is wrong with it.
                if (relay.Fault is null || relays.Exists(other => other.Options.IsOnLineOf(relay.Options)))
                {
                    leaving.Remove(relay);
                    relay.Line.Dispose();
                }
            }
        }

        asked.TrySetResult();
    }

    private void FollowAlarms(IReadOnlyList<AlarmOptions> wanted, ClockReading now)
    {
        var before = alarms;
        alarms = [.. wanted.Select(options =>
        {
            if (before.Find(alarm => alarm.Options.Id == options.Id && alarm.Options.Definition == options.Definition) is not { } known)
            {
                return new Alarm(options, now.BootTime);
            }

            if (!known.Options.IsToldAs(options))
            {
                room.Report.Changed(known, now);
            }

            known.Follow(options);
            return known;
        })];
        foreach (var gone in before.Except(alarms))
        {
            room.Report.Forget(gone.Options.Id);
        }
    }

    // A relay is its name and its line: of another line nobody knows how it stands.
    private Relay Follow(RelayOptions options, TimeSpan now)
    {
        var before = relays.Find(relay => relay.Options.Id == options.Id);
        if (before is not null && before.Options.IsOnLineOf(options) && before.Options.TripsAtHigh == options.TripsAtHigh)
        {
            before.Follow(options, TrippersOf(options));
            return before;
        }

        var relay = NewRelay(options);
        foreach (var (alarm, rung) in before?.Rung(now) ?? [])
        {
            relay.Resume(alarm, rung, now);
        }

        return relay;
    }

    private Relay NewRelay(RelayOptions options) => new(options, room.LineOf(options), TrippersOf(options));

    private IEnumerable<Alarm> TrippersOf(RelayOptions options) =>
        alarms.Where(alarm => alarm.Options.Relays.Contains(options.Id, StringComparer.Ordinal));

    private List<(Relay Relay, Switching Switching)> DueNow(ClockReading now)
    {
        lock (gate)
        {
            if (woken.Task.IsCompleted)
            {
                woken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            var isLinked = room.IsLinked();
            linkedAt = isLinked == true ? now.BootTime : linkedAt;

            alarms.ForEach(alarm => room.Report.Look(alarm, now));
            relays.ForEach(relay => room.Report.Look(relay, now.BootTime));
            var isOffline = isLinked is null || now.BootTime - linkedAt >= OfflineAfter;
            return
            [
                .. relays.Select(relay => (Relay: relay, Due: relay.Due(now.BootTime, isOffline)))
                    .Where(due => due.Due is not null).Select(due => (due.Relay, due.Due!.Value)),
            ];
        }
    }

    // What is kept is how alarms stood with what they trip: the next process trips it again. A card that hangs holds up no release.
    private async Task ReleaseAsync()
    {
        var now = clock.Now();
        KeptAlarms kept;
        lock (gate)
        {
            kept = Kept(now);
        }

        foreach (var relay in All().Where(relay => relay.IsOn || relay.Fault is not null))
        {
            Switch(relay, new Switching(On: false, RelayCause.Stop, relay.Last?.Alarm), now);
        }

        await saving;
        if (isKept)
        {
            Write(kept, now);
        }
    }

    private void Resume(KeptAlarms? kept, ClockReading now)
    {
        var isSameBoot = kept?.Boot == now.Boot;
        foreach (var each in kept?.Alarms ?? [])
        {
            if (alarms.Find(alarm => alarm.Options.Id == each.Alarm) is not { } alarm || alarm.Options.Definition != each.Definition)
            {
                isUnsaved = true;
                continue;
            }

            try
            {
                alarm.Resume(each.State, isSameBoot, now.BootTime);
                alarm.Silenced = isSameBoot && each.Silenced?.Until - now.BootTime <= AlarmSilence.LengthMax ? each.Silenced : null;
            }
            catch (Exception e) when (e is InvalidDataException or ArgumentOutOfRangeException)
            {
                room.Log.LogWarning("how alarm {Alarm} stood before this start cannot be read, so it is not raised: {Why}", each.Alarm, e.Message);
            }
        }

        foreach (var (id, alarm, rung) in kept?.Rung ?? [])
        {
            relays.Find(relay => relay.Options.Id == id)?.Resume(alarm, rung, now.BootTime);
        }
    }

    private void Save(ClockReading now)
    {
        if (!saving.IsCompleted)
        {
            return;
        }

        // What it did wrong is a bug, and ends all.
        saving.GetAwaiter().GetResult();
        KeptAlarms kept;
        lock (gate)
        {
            var interval = alarms.Exists(alarm => alarm.IsRaised) ? SaveWhileRaised : SaveAtRest;
            if (!isKept || (!isUnsaved && now.BootTime - savedAt < interval) || (isFailing && now.BootTime - savedAt < SaveWhileRaised))
            {
                return;
            }

            (savedAt, isUnsaved) = (now.BootTime, false);
            kept = Kept(now);
        }

        saving = Task.Run(() => Write(kept, now));
    }

    private KeptAlarms Kept(ClockReading now) => new(
        now.Boot,
        [.. alarms.Select(alarm => new KeptAlarm(alarm.Options.Id, alarm.Options.Definition, alarm.State, alarm.IsSilenced(now.BootTime) ? alarm.Silenced : null))],
        [.. relays.SelectMany(relay => relay.Rung(now.BootTime).Select(call => (relay.Options.Id, call.Alarm, call.For)))]);

    private void Write(KeptAlarms kept, ClockReading now)
    {
        var failure = room.File.Write(kept);
        lock (gate)
        {
            if (failure is not null && !isFailing)
            {
                room.Log.LogWarning("how alarms stand could not be written down, so a restart goes by what was before; it is tried again: {Failure}", failure);
            }

            isFailing = failure is not null;
            (savedAt, isUnsaved) = (now.BootTime, isUnsaved || isFailing);
        }
    }

    private Alarm Find(string name) => alarms.Find(alarm => alarm.Options.Id == name) ?? throw new ControlRefusedException(
        alarms.Count == 0
            ? "there is no [[alarm]] in the settings"
            : $"there is no alarm {name}; {Findings.Meant(name, [.. alarms.Select(alarm => alarm.Options.Id)])}");

    private void Wake() => woken.TrySetResult();
}
