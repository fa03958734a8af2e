using Microsoft.Extensions.Logging;
using PondSentinel.Calibration;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Control;
using PondSentinel.Gateway.Maintenance;
using PondSentinel.Gateway.Time;

namespace PondSentinel.Gateway.Calibration;

/// <summary>Takes instruments that hold their calibration through their standards, a standard for each call, and has the records made.
/// Thread-safe.</summary>
/// <remarks>Before an instrument is told anything, the record that is true if nothing more comes of it is on the card: refused, broken
/// off. So a power cut, a stop, and a person who does not come back leave that record, and a calibration of which the instrument was
/// told nothing leaves none.</remarks>
internal sealed class CalibrationRuns
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private readonly CalibrationBook book;
    private readonly CalibrationRunFile file;
    private readonly IEnumerable<PolledDevice> polled;
    private readonly MaintenanceBook maintenance;
    private readonly GatewayClock clock;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly Dictionary<string, Place> places = new(StringComparer.Ordinal);

    // What the polls see.
    private volatile HashSet<string> devices = [];

    /// <summary>Begins with nothing being calibrated.</summary>
    /// <param name="book">The calibrations.</param>
    /// <param name="file">What is kept over restarts.</param>
    /// <param name="polled">The devices, as they are whenever somebody asks.</param>
    /// <param name="maintenance">Marks the device until its probe hangs in the water again.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="time">For waiting.</param>
    /// <param name="log">The journal.</param>
    public CalibrationRuns(
        CalibrationBook book,
        CalibrationRunFile file,
        IEnumerable<PolledDevice> polled,
        MaintenanceBook maintenance,
        GatewayClock clock,
        TimeProvider time,
        ILogger log)
    {
        (this.book, this.file, this.polled, this.maintenance, this.clock, this.time, this.log) = (book, file, polled, maintenance, clock, time, log);
    }

    // Devices come and go with the settings.
    private HeldInstruments Instruments => new(book.Channels, polled);

    /// <summary>How long after its last standard one is broken off: 1 h.</summary>
    public static TimeSpan IdleMax { get; } = TimeSpan.FromHours(1);

    /// <summary>How long a device is in maintenance after its calibration, at least: 15 min. The probe stands in the last standard, and
    /// somebody has yet to rinse it and to hang it back.</summary>
    public static TimeSpan UntilInWater { get; } = TimeSpan.FromMinutes(15);

    /// <summary>Whether a device is being calibrated.</summary>
    /// <param name="device">The device.</param>
    public bool Covers(string device) => devices.Contains(device);

    /// <summary>Keeps what the process before this one broke off. Once, before anything is polled or calibrated.</summary>
    public void Resume()
    {
        IReadOnlyList<CalibrationRecord> kept;
        lock (gate)
        {
            kept = SettleAll();
        }

        // Whoever it was may stand there still, with the probe in a bottle.
        foreach (var record in kept.Concat(book.Unsettled.Select(each => each.Record)))
        {
            AwaitWater(record.Device, record.By, uid: 0);
        }

        foreach (var unsettled in book.Unsettled)
        {
            log.LogError("{Unsettled}", unsettled.ToString());
        }

        if (file.WhyKept is { } why)
        {
            log.LogError("{Why}", why);
        }
    }

    /// <summary>Keeps what was broken off before and could not be kept: it comes before whatever is calibrated now.</summary>
    /// <returns>Why that cannot be done, and so nothing may be calibrated, in one line; null where there is nothing left.</returns>
    public string? Settle()
    {
        lock (gate)
        {
            if (book.Unsettled.Count > 0 || file.WhyKept is not null)
            {
                SettleAll();
            }

            return book.Unsettled is [var unsettled, ..] ? unsettled.ToString() : file.WhyKept;
        }
    }

    /// <summary>Takes the instrument through the standard that it stands in; begins with the first.</summary>
    /// <param name="name">The channel, as <c>device.channel</c>.</param>
    /// <param name="who">Who does it.</param>
    /// <param name="uid">The user who asks.</param>
    /// <param name="value">Value of the standard.</param>
    /// <param name="celsius">Temperature of the standard, °C.</param>
    /// <param name="lot">The lot on the bottle; null where nobody said.</param>
    /// <param name="cancellationToken">The gateway stops.</param>
    /// <returns>How it stands, and the record where that was the last standard of the recipe.</returns>
    /// <exception cref="ControlRefusedException">It was not done; the message says what the instrument was told.</exception>
    public async Task<(CalibrationRun Run, CalibrationRecord? Record)> TakeAsync(
        string name, string who, uint uid, double value, double celsius, string? lot, CancellationToken cancellationToken)
    {
        var place = Enter(name, (who, uid));
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, place.Ended);
        try
        {
            var run = place.Run;
            var standard = run.NextOf(value) with { Value = value };
            if (await run.TakeAsync(standard, celsius, lot, Note, end.Token) is { } failure)
            {
                throw new ControlRefusedException(
                    $"{standard.Name}: {failure.Detail.TrimEnd('.')}; {(run.HasTold ? "what it holds now is not known: take this standard again, or begin anew" : $"it was told nothing. Its values stay marked for {Coming(run)}")}");
            }

            SaveOrSay(run);
            return (run, run.Next.Count == 0 ? await EndAsync(run, end.Token) : null);
        }
        catch (OperationCanceledException) when (place.WhyOver is { } why && !cancellationToken.IsCancellationRequested)
        {
            throw new ControlRefusedException($"{name}: its calibration is broken off: {why}; begin again with the first standard");
        }
        finally
        {
            Leave(place);
        }
    }

    /// <summary>Ends it before all standards of the recipe were taken; those that are left out must be optional.</summary>
    /// <param name="name">The channel.</param>
    /// <param name="cancellationToken">The gateway stops.</param>
    /// <exception cref="ControlRefusedException">There is nothing to end, or a standard is missing.</exception>
    public async Task<(CalibrationRun Run, CalibrationRecord? Record)> EndAsync(string name, CancellationToken cancellationToken)
    {
        var place = Enter(name, by: null);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, place.Ended);
        try
        {
            return place.Run.IsComplete
                ? (place.Run, await EndAsync(place.Run, end.Token))
                : throw new ControlRefusedException(
                    $"{name} is not through its standards; next is {CalibrationRun.Names(place.Run.Next)}; to give it up say --abandon");
        }
        catch (OperationCanceledException) when (place.WhyOver is { } why && !cancellationToken.IsCancellationRequested)
        {
            throw new ControlRefusedException($"{name}: its calibration is broken off: {why}; begin again with the first standard");
        }
        finally
        {
            Leave(place);
        }
    }

    /// <summary>Gives it up.</summary>
    /// <param name="name">The channel.</param>
    /// <returns>The record; null where the instrument was told nothing.</returns>
    /// <exception cref="ControlRefusedException">There is nothing to give up.</exception>
    public (CalibrationRun Run, CalibrationRecord? Record) Abandon(string name)
    {
        var place = Enter(name, by: null);
        try
        {
            return (place.Run, BreakOff(place, "it was given up"));
        }
        finally
        {
            Leave(place);
        }
    }

    /// <summary>The probe hangs in the water again: the maintenance that followed its calibration is over.</summary>
    /// <param name="name">The channel.</param>
    /// <param name="who">Who says so.</param>
    /// <param name="uid">The user who asks.</param>
    /// <returns>The device; and why it could not be written down, so that a restart would take the maintenance up again, or null.
    /// </returns>
    /// <exception cref="ControlRefusedException">It is being calibrated, or is in no maintenance that a calibration began.</exception>
    public (string Device, string? Unsaved) EndAwaiting(string name, string who, uint uid)
    {
        var (channel, _, _) = Instruments.Find(name);
        lock (gate)
        {
            if (places.TryGetValue(channel.Device, out var place))
            {
                throw new ControlRefusedException($"{place.Run.Channel.Name} is being calibrated by {place.Run.Who}; end that first, with --end, or give it up with --abandon");
            }
        }

        return (channel.Device, maintenance.EndAfterCalibration(channel.Device, who, uid));
    }

    /// <summary>How long the values of its device are still marked by a maintenance, its own or another.</summary>
    /// <param name="run">One that is over.</param>
    public TimeSpan MarkedFor(CalibrationRun run) => maintenance.Left(run.Channel.Device);

    /// <summary>Whether <see cref="EndAwaiting"/> ends that: not where somebody else works at the device or its station.</summary>
    /// <param name="run">One that is over.</param>
    public bool IsAwaitingWater(CalibrationRun run) => maintenance.IsAwaitingWater(run.Channel.Device);

    /// <summary>How it stands.</summary>
    /// <param name="name">The channel.</param>
    /// <returns>Null where it is not being calibrated.</returns>
    /// <exception cref="ControlRefusedException">It is no channel that is calibrated so.</exception>
    public CalibrationRun? Of(string name)
    {
        var (channel, _, _) = Instruments.Find(name);
        lock (gate)
        {
            return places.GetValueOrDefault(channel.Device) is { } place && place.Run.Channel == channel ? place.Run : null;
        }
    }

    /// <summary>Breaks off what nobody goes on with, until told to stop.</summary>
    /// <param name="cancellationToken">Tells it; ends the task without an exception.</param>
    public async Task WatchAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(WatchInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                Settle();
                BreakOffIdle();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    /// <summary>Breaks off the calibrations of devices that are set otherwise or are no more: their instruments are not reached as they
    /// were. Where the card does not take the record it is tried again every minute.</summary>
    /// <param name="gone">The devices; none of them is polled now.</param>
    /// <param name="why">Why, for people.</param>
    /// <param name="cancellationToken">The gateway stops.</param>
    /// <returns>Completes when nobody stands in a standard of them any more.</returns>
    public async Task BreakOffAsync(IReadOnlySet<string> gone, string why, CancellationToken cancellationToken)
    {
        List<Place> over;
        lock (gate)
        {
            over = [.. places.Values.Where(place => gone.Contains(place.Run.Channel.Device))];
            over.ForEach(place => place.WhyOver = why);
        }

        foreach (var place in over)
        {
            await place.EndAsync().WaitAsync(cancellationToken);
        }

        if (over.Count > 0)
        {
            BreakOffIdle();
        }
    }

    /// <summary>Breaks off what nobody has gone on with for <see cref="IdleMax"/>, and what cannot go on.</summary>
    internal void BreakOffIdle()
    {
        List<Place> idle;
        lock (gate)
        {
            idle = [.. places.Values.Where(place => !place.IsBusy && (place.WhyOver is not null || clock.BootTime - place.Since >= IdleMax))];
            idle.ForEach(place => place.Take());
        }

        foreach (var place in idle)
        {
            try
            {
                BreakOff(place, place.WhyOver ?? $"nobody went on with it for {IdleMax.TotalMinutes:0} min");
            }
            catch (ControlRefusedException e)
            {
                // The note of it is on the card, and the gateway goes on measuring.
                log.LogError("{Channel}: {Reason} It is tried again in {Rest:0} min.", place.Run.Channel.Name, e.Message, (place.WhyOver is null ? IdleMax : WatchInterval).TotalMinutes);
            }
            finally
            {
                Leave(place);
            }
        }
    }

    private IReadOnlyList<CalibrationRecord> SettleAll()
    {
        var broken = file.Settle(book);
        foreach (var record in broken.Kept)
        {
            log.LogWarning("{Device}.{Channel}: {Reason}", record.Device, record.Channel, record.Reasons[0]);
        }

        if (broken.Unreadable is { } unreadable)
        {
            DoubtAll(unreadable);
        }

        return broken.Kept;
    }

    private static string Unread(string id) => $"unread-{id}";

    // It may have been any of them. A refused record of each says so, for as long as nobody calibrates it anew.
    private void DoubtAll(string why)
    {
        var nowMs = clock.Now().WallMs;
        foreach (var channel in Instruments.Channels.Where(channel => !channel.HoldsWhatWasRefused(book.Records)
            && !book.Unsettled.Any(each => each.Record.Device == channel.Device && each.Record.Channel == channel.Id)))
        {
            var draft = new CalibrationDraft
            {
                // A name that no calibration has, so that what it stands for can still be added where somebody can read it.
                Id = Unread(CalibrationDraft.FreeId(nowMs, id => IsTaken(Unread(id)))),
                By = "pond-gateway",
                TimeMs = nowMs,
                AsLeft = [],
                IsHeldByInstrument = true,
                Objections = [$"{why}; calibrate it anew"],
            };
            book.Keep(draft.Complete(channel, book.Records, IsTaken));
        }

        if (book.Unsettled.Count == 0 && file.SetAside(book) is { } aside)
        {
            log.LogError("{Why}; all channels whose instruments hold their calibration are in doubt until they are calibrated anew; the notes are kept as {Aside}", why, aside);
        }
    }

    // Whoever has a place has it alone until he leaves it.
    private Place Enter(string name, (string Who, uint Uid)? by)
    {
        var (channel, sensor, errands) = Instruments.Find(name);
        lock (gate)
        {
            if (!places.TryGetValue(channel.Device, out var place))
            {
                if (by is not var (who, uid))
                {
                    throw new ControlRefusedException($"{name} is not being calibrated");
                }

                if ((book.WhyNoneIsAdded ?? Settle()) is { } why)
                {
                    throw new ControlRefusedException($"no calibration can be added, so the instrument is told nothing: {why}");
                }

                place = new Place(new CalibrationRun(
                    CalibrationDraft.FreeId(clock.Now().WallMs, IsTaken), who, uid, channel, new InstrumentCalibration(sensor, channel, errands, time)));
                places.Add(channel.Device, place);
                Show();
            }
            else if (place.WhyOver is { } over)
            {
                throw new ControlRefusedException($"{place.Run.Channel.Name}: the calibration before is broken off ({over}), and its record is not kept yet; try again in a minute");
            }
            else if (place.IsBusy || place.Run.Channel != channel)
            {
                throw new ControlRefusedException(
                    $"{place.Run.Channel.Name} is being calibrated by {place.Run.Who}{(place.IsBusy ? ", and stands in a standard just now" : "; end that or give it up first")}");
            }

            place.Take();
            return place;
        }
    }

    // One that has told its instrument nothing leaves nothing behind, but the probe where it is.
    private void Leave(Place place)
    {
        var isLeft = place.Run.IsOver || !place.Run.HasTold;
        if (isLeft && place.Run.HasStood)
        {
            AwaitWater(place.Run.Channel.Device, place.Run.Who, place.Run.Uid);
        }

        lock (gate)
        {
            place.GiveBack(clock.BootTime);
            if (isLeft)
            {
                places.Remove(place.Run.Channel.Device);
                Show();
            }
        }
    }

    private void AwaitWater(string device, string who, uint uid)
    {
        if (maintenance.BeginAfterCalibration(device, "calibrated; until the probe hangs in the water again", who, uid, UntilInWater) is { } failure)
        {
            log.LogWarning("{Device}: that its probe is not in the water yet could not be written down, so a restart forgets it: {Failure}", device, failure);
        }
    }

    // How long the values of one that is left in a moment stay marked, and what ends that sooner.
    private string Coming(CalibrationRun run) => MarkedFor(run) is var left && left >= UntilInWater && !IsAwaitingWater(run)
        ? $"{left.TotalMinutes:0} min by the maintenance that goes on, as before"
        : $"{UntilInWater.TotalMinutes:0} min, or until --back-in-water";

    // Two that begin within a second would have one name.
    private bool IsTaken(string id) => book.Has(id) || book.Unsettled.Any(each => each.Record.Id == id) || places.Values.Any(place => place.Run.Id == id);

    private void Show() => devices = places.Keys.ToHashSet(StringComparer.Ordinal);

    private async Task<CalibrationRecord> EndAsync(CalibrationRun run, CancellationToken cancellationToken)
    {
        var draft = await run.EndAsync(clock.Now().WallMs, cancellationToken);
        var record = Add(draft, run.Channel);
        Close(run);
        return record;
    }

    private CalibrationRecord? BreakOff(Place place, string why)
    {
        CalibrationRecord? record = null;
        if (place.Run.HasTold)
        {
            record = Add(place.Run.BrokenOff(why, clock.Now().WallMs), place.Run.Channel);
            log.LogWarning("{Channel}: {Reason}", place.Run.Channel.Name, record.Reasons[0]);
        }

        Close(place.Run);
        return record;
    }

    private CalibrationRecord Add(CalibrationDraft draft, CalibratedChannel channel)
    {
        try
        {
            // Somebody may have taken the name meanwhile.
            return book.Add(book.Has(draft.Id!) ? draft with { Id = null } : draft, channel);
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            throw new ControlRefusedException($"the instrument was told, but its record is not kept: {e.Message}");
        }
    }

    private void Close(CalibrationRun run)
    {
        lock (gate)
        {
            if (places.TryGetValue(run.Channel.Device, out var place))
            {
                place.Run.IsOver = true;
            }
        }

        SaveOrSay(run);
    }

    // Before an instrument is told: without a note of it, it is not.
    private void Note()
    {
        if (Save() is { } failure)
        {
            throw new ControlRefusedException($"the card does not take a note of it, so the instrument is told nothing: {failure}");
        }
    }

    // What the card has of it is true still, if nothing more comes: it tells of the standard before.
    private void SaveOrSay(CalibrationRun run)
    {
        if (Save() is { } failure)
        {
            log.LogWarning("{Channel}: how far its calibration is cannot be noted: {Failure}", run.Channel.Name, failure);
        }
    }

    // What is true if nothing more comes of those that go on.
    private string? Save()
    {
        lock (gate)
        {
            var nowMs = clock.Now().WallMs;
            return file.Write(
            [
                .. places.Values.Where(place => place.Run.HasTold && !place.Run.IsOver)
                    .Select(place => place.Run.BrokenOff("the gateway stopped", nowMs).Complete(place.Run.Channel, book.Records, book.Has)),
            ]);
        }
    }

#pragma warning disable CA1001 // Its source has no timer and nobody waits by its handle, and whoever breaks off may come after all have left.
    private sealed class Place(CalibrationRun run)
#pragma warning restore CA1001
    {
        private readonly CancellationTokenSource end = new();
        private TaskCompletionSource? busy;

        public CalibrationRun Run => run;

        public bool IsBusy => busy is not null;

        // Since when nobody goes on with it.
        public TimeSpan Since { get; private set; }

        // Why it cannot go on; null where it can.
        public string? WhyOver { get; set; }

        public CancellationToken Ended => end.Token;

        public void Take() => busy = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        public void GiveBack(TimeSpan now)
        {
            busy?.TrySetResult();
            (busy, Since) = (null, now);
        }

        // Completes when whoever is busy with it has left.
        public async Task EndAsync()
        {
            var left = busy?.Task ?? Task.CompletedTask;
            await end.CancelAsync();
            await left;
        }
    }
}
