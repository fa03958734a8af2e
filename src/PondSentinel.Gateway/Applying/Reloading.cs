using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Alarms;
using PondSentinel.Gateway.Calibration;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Control;
using PondSentinel.Gateway.Maintenance;
using PondSentinel.Gateway.Time;
using PondSentinel.Gateway.Uplink;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Applying;

/// <summary>What a reload changes in a running gateway.</summary>
internal sealed record ReloadedParts
{
    /// <summary>The devices and their lines.</summary>
    public required DeviceAssembly Assembly { get; init; }

    /// <summary>Who polls them.</summary>
    public required BusFleet Fleet { get; init; }

    /// <summary>The list that everybody looks at.</summary>
    public required DeviceRoster Roster { get; init; }

    /// <summary>What describes the records.</summary>
    public required CurrentMeta Described { get; init; }

    /// <summary>The alarms and their relays.</summary>
    public required AlarmBoard Alarms { get; init; }

    /// <summary>What is in maintenance.</summary>
    public required MaintenanceBook Maintenance { get; init; }

    /// <summary>The calibrations in force; null where nothing is ever calibrated.</summary>
    public CalibrationBook? Calibrations { get; init; }

    /// <summary>The calibrations that go on; null where nothing is ever calibrated.</summary>
    public CalibrationRuns? Calibrating { get; init; }

    /// <summary>The way to the broker.</summary>
    public required UplinkSlot Uplink { get; init; }
}

/// <summary>Has a running gateway go by other settings without losing a record, and without a device that is not concerned noticing.
/// Thread-safe.</summary>
/// <remarks>Settings with a mistake change nothing. What is carried out is carried out whole: where that fails, the gateway ends aloud and
/// begins anew by the same settings.</remarks>
/// <param name="source">Where the settings are read.</param>
/// <param name="parts">What is changed.</param>
/// <param name="report">Tells of it.</param>
/// <param name="clock">When settings are refused.</param>
/// <param name="time">For how long settings are on trial.</param>
internal sealed class Reloading(ReloadSource source, ReloadedParts parts, ReloadReport report, GatewayClock clock, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim one = new(1);
    private readonly TaskCompletionSource broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TrialFile note = TrialFile.Of(source.Running.Configuration!);
    private volatile LoadedConfiguration running = source.Running;
    private volatile RefusedSettings? refused;
    private CancellationTokenSource? trialOver;
    private Task trying = Task.CompletedTask;

    /// <summary>What the gateway goes by.</summary>
    public LoadedConfiguration Running => running;

    /// <summary>What it was given last and does not go by; null where it goes by what it was given.</summary>
    public RefusedSettings? Refused => refused;

    /// <summary>Reloads whenever somebody asks, until told to stop.</summary>
    /// <param name="cancellationToken">Tells it; ends the task without an exception.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ResumeAsync(cancellationToken);
            while (true)
            {
                await await Task.WhenAny(broken.Task, source.Asked.ReadAsync(cancellationToken).AsTask());
                try
                {
                    await ReloadAsync(cancellationToken);
                }
                catch (ControlRefusedException)
                {
                    // The journal has it, and there is nobody to answer.
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
        finally
        {
            await EndTrialAsync();
        }
    }

    /// <summary>Reads the settings anew and goes by them.</summary>
    /// <param name="cancellationToken">The gateway stops.</param>
    /// <returns>What was done.</returns>
    /// <exception cref="ControlRefusedException">They have a mistake, or something stands against them: nothing is changed.</exception>
    public async Task<ReloadPlan> ReloadAsync(CancellationToken cancellationToken)
    {
        await one.WaitAsync(cancellationToken);
        try
        {
            var plan = await ReloadToAsync(TriedConfiguration.Load(source.Path), cancellationToken);
            await JudgeAsync(plan, cancellationToken);
            return plan;
        }
        finally
        {
            one.Release();
        }
    }

    /// <summary>Gets ready for settings that are about to be written and change the way to the broker.</summary>
    /// <param name="tried">Digest of their text.</param>
    /// <param name="within">How long the broker may take to be reached by them.</param>
    /// <param name="cancellationToken">The gateway stops.</param>
    /// <returns>Why there will be no trial; null where there will.</returns>
    /// <exception cref="ControlRefusedException">The card does not take the note of it.</exception>
    public async Task<string?> ArmAsync(string tried, TimeSpan within, CancellationToken cancellationToken)
    {
        await one.WaitAsync(cancellationToken);
        try
        {
            // While one goes on, that before it is what is known to be good.
            var previous = note.Read() is { State: TrialState.Trying } before ? before.Previous : null;
            if (previous is null && parts.Uplink.Tally?.IsUp != true)
            {
                return "there is no link to the broker now, so nothing is lost by going back";
            }

            return note.Write(new Trial(tried, previous ?? running.Text, within, TrialState.Armed)) is { } failure
                ? throw new ControlRefusedException($"what to go back to cannot be written down, so nothing is tried: {failure}")
                : null;
        }
        finally
        {
            one.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        trialOver?.Cancel();
        trialOver?.Dispose();
        one.Dispose();
    }

    // The process before this one, or the machine, ended in the middle of a trial: it has its whole time again.
    private async Task ResumeAsync(CancellationToken cancellationToken)
    {
        await one.WaitAsync(cancellationToken);
        try
        {
            if (running.StandsIn)
            {
                const string why = "was tried and refused: this gateway goes by the one before; pond-gateway apply --undo puts that back";
                refused = new RefusedSettings(clock.Now(), source.Path, why, First: null, Mistakes: 0);
                report.Trial("stands-in", $"{source.Path} {why}");
            }
            else if (note.Read() is { State: not TrialState.Refused } trial && trial.Tried == running.Digest)
            {
                await BeginTrialAsync(trial, cancellationToken);
            }
        }
        finally
        {
            one.Release();
        }
    }

    // What becomes of a trial by what was read.
    private async Task JudgeAsync(ReloadPlan plan, CancellationToken cancellationToken)
    {
        if (plan.Wanted.StandsIn || note.Read() is not { } trial)
        {
            return;
        }

        if (trial.State == TrialState.Refused || trial.Tried != plan.Wanted.Digest || !(plan.IsUplinkChanged || trial.State == TrialState.Trying)
            || plan.Wanted.Configuration!.Uplink is null)
        {
            // Of another file than that which is read now, or of one by which the way is the same.
            await EndTrialAsync();
            note.Write(null);
        }
        else if (trial.State == TrialState.Armed)
        {
            await BeginTrialAsync(trial, cancellationToken);
        }
    }

    private async Task BeginTrialAsync(Trial trial, CancellationToken cancellationToken)
    {
        await EndTrialAsync();
        note.Write(trial with { State = TrialState.Trying });
        report.Trial("trying", $"on trial: without a link to the broker within {Units.Text(trial.Within)} the gateway goes back to the settings before");
        trialOver = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        trying = TryAsync(trial, trialOver.Token);
    }

    private async Task EndTrialAsync()
    {
        if (trialOver is { } over)
        {
            trialOver = null;
            await over.CancelAsync();
            await trying.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            over.Dispose();
        }
    }

    private async Task TryAsync(Trial trial, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        using var timer = new PeriodicTimer(LookInterval, time);
        while (parts.Uplink.Tally?.IsUp != true)
        {
            if (!await timer.WaitForNextTickAsync(cancellationToken))
            {
                // Nobody is left to wait for: without this the loop would turn for ever.
                return;
            }

            if (time.GetElapsedTime(begun) >= trial.Within)
            {
                await RollBackAsync(trial, cancellationToken);
                return;
            }
        }

        await one.WaitAsync(cancellationToken);
        try
        {
            report.Trial("confirmed", null);

            // Others may be about to be written already: theirs is the way back.
            if (note.Read()?.Tried == trial.Tried)
            {
                note.Write(null);
            }
        }
        finally
        {
            one.Release();
        }
    }

    private async Task RollBackAsync(Trial trial, CancellationToken cancellationToken)
    {
        await one.WaitAsync(cancellationToken);
        try
        {
            // Whatever happens now, the next start passes the file over.
            var failure = note.Write(trial with { State = TrialState.Refused });
            var before = GatewayConfigurationFile.Read(source.Path, trial.Previous) with { StandsIn = true };
            if (before.Configuration is null)
            {
                report.Trial("stuck", $"the broker was not reached, and the settings before cannot be used any more: {RefusedSettings.WhyNot(before)}");
                return;
            }

            report.Trial(
                "rolled-back",
                $"no link to the broker within {Units.Text(trial.Within)} by {source.Path}: back to the settings before; pond-gateway apply --undo puts them back into the file"
                + (failure is null ? "" : $"; that could not be written down, so a restart tries it again: {failure}"));
            await GoByAsync(ReloadPlan.Of(running, before), cancellationToken);
            refused = new RefusedSettings(
                clock.Now(), source.Path, $"no link to the broker within {Units.Text(trial.Within)}; pond-gateway apply --undo puts the settings before back into the file", First: null, Mistakes: 0);
        }
        finally
        {
            one.Release();
        }
    }

    private async Task<ReloadPlan> ReloadToAsync(LoadedConfiguration wanted, CancellationToken cancellationToken)
    {
        if (wanted.Configuration is null)
        {
            throw Refuse(RefusedSettings.Of(clock.Now(), source.Path, wanted), wanted);
        }

        var plan = ReloadPlan.Of(running, wanted);
        if (plan.Changed.Concat(plan.Removed).FirstOrDefault(device => parts.Calibrating?.Covers(device) == true) is { } busy)
        {
            throw Refuse(
                new RefusedSettings(clock.Now(), source.Path, $"{busy} is being calibrated: end that or give it up, then reload", First: null, Mistakes: 0), wanted);
        }

        await GoByAsync(plan, cancellationToken);

        // Where the file was tried and refused, reading it again changes nothing about that.
        refused = plan.Wanted.StandsIn ? refused : null;
        return plan;
    }

    private async Task GoByAsync(ReloadPlan plan, CancellationToken cancellationToken)
    {
        try
        {
            await CarryOutAsync(plan, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            broken.TrySetException(e);
            throw;
        }

        running = plan.Wanted;
        report.Done(plan);
    }

    private async Task CarryOutAsync(ReloadPlan plan, CancellationToken cancellationToken)
    {
        var settings = plan.Wanted.Configuration!;
        var names = plan.Changed.Concat(plan.Removed).ToHashSet(StringComparer.Ordinal);
        IReadOnlyList<PolledDevice> gone = [.. parts.Roster.Where(device => names.Contains(device.Options.Id))];

        // What goes is asked no more before its line is closed and before anything else is said of it.
        await parts.Fleet.RemoveAsync(gone);
        parts.Assembly.Release(gone);
        parts.Assembly.Close(plan.Closed);

        // A line that was an alarm's may be a device's now, and the other way round.
        await parts.Alarms.FollowAsync(settings.Alarms, settings.Relays).WaitAsync(cancellationToken);

        // What describes the records comes before the first of them.
        parts.Calibrations?.Follow(CalibratedChannel.Of(settings));
        parts.Described.Follow(settings);
        var came = parts.Assembly.Build(settings, settings.Models);
        parts.Roster.Follow(parts.Assembly.Devices);
        if (parts.Calibrating is { } calibrating)
        {
            // A reload is refused while somebody calibrates; going back is not, and he may have begun since.
            await calibrating.BreakOffAsync(names, "the settings of the device changed", cancellationToken);
        }

        parts.Maintenance.Follow(settings.Devices.ToDictionary(device => device.Id, device => device.Station, StringComparer.Ordinal));
        await parts.Fleet.AddAsync(came);
        if (plan.IsUplinkChanged)
        {
            await parts.Uplink.ChangeAsync(settings.Uplink, cancellationToken);
        }
    }

    private ControlRefusedException Refuse(RefusedSettings why, LoadedConfiguration wanted)
    {
        refused = why;
        report.Refused(why.Why, wanted.Problems);
        return new ControlRefusedException(why.Why);
    }
}
