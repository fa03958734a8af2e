using Microsoft.Extensions.Logging;
using PondSentinel.Gateway.Control;
using PondSentinel.Gateway.Time;

namespace PondSentinel.Gateway.Maintenance;

/// <summary>Knows what is in maintenance, and ends it when its time is over. Thread-safe.</summary>
/// <remarks>Time is that of the boot-time clock, which nobody sets and which needs nobody to vouch for it. What becomes of a
/// maintenance over a restart: README.md of this folder.</remarks>
internal sealed class MaintenanceBook
{
    private static readonly TimeSpan SaveInterval = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(10);

    /// <summary>What is left is written down every 5 min, by a watch that looks at the clock every 10 s. So much is taken off at a start
    /// of the machine, because it may have passed unwritten.</summary>
    public static readonly TimeSpan UnwrittenMax = SaveInterval + WatchInterval;

    private readonly Lock gate = new();
    private readonly MaintenanceFile file;
    private readonly GatewayClock clock;
    private readonly MaintenanceReport report;
    private readonly ILogger log;
    private readonly Dictionary<MaintenanceTarget, MaintenancePeriod> periods = [];

    // What the polls see: none of them waits for a card that takes its time.
    private volatile IReadOnlyList<MaintenancePeriod> seen = [];
    private volatile IReadOnlyDictionary<string, string> stations;
    private TimeSpan savedAt;
    private bool isUnsaved;

    /// <summary>Begins with nothing in maintenance.</summary>
    /// <param name="stations">The devices, each with its station.</param>
    /// <param name="file">What is kept over restarts.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="report">Tells of beginnings and ends.</param>
    /// <param name="log">The journal.</param>
    public MaintenanceBook(
        IReadOnlyDictionary<string, string> stations, MaintenanceFile file, GatewayClock clock, MaintenanceReport report, ILogger log) =>
        (this.stations, this.file, this.clock, this.report, this.log) = (stations, file, clock, report, log);

    /// <summary>What is in maintenance now, by what it is of.</summary>
    public IReadOnlyList<(MaintenancePeriod Period, TimeSpan Left)> Current
    {
        get
        {
            lock (gate)
            {
                var now = Refresh();
                return
                [
                    .. periods.Values.OrderBy(period => period.Of.Name, StringComparer.Ordinal).ThenBy(period => period.Of.IsStation)
                        .Select(period => (period, period.Left(now.BootTime))),
                ];
            }
        }
    }

    /// <summary>Takes up what was in maintenance when the process before this one ended. Once, before anybody polls.</summary>
    public void Resume()
    {
        var read = file.Read(out var failure);
        if (failure is not null)
        {
            log.LogWarning("what was in maintenance before this start cannot be read, so nothing is: {Failure}", failure);
        }

        if (read.Count == 0)
        {
            return;
        }

        lock (gate)
        {
            var now = clock.Now();
            foreach (var (written, left) in read)
            {
                Resume(written.Boot == now.Boot ? written.Within(now) : written.In(now, left > UnwrittenMax ? left - UnwrittenMax : TimeSpan.Zero), now);
            }

            Refresh();
            Save(now);
        }
    }

    /// <summary>Knows other devices from now on. What is in maintenance and no longer in the settings is over.</summary>
    /// <param name="others">All devices, each with its station.</param>
    public void Follow(IReadOnlyDictionary<string, string> others)
    {
        lock (gate)
        {
            stations = others;
            var now = Refresh();
            List<MaintenancePeriod> gone = [.. periods.Values.Where(period => !IsKnown(period.Of))];
            foreach (var period in gone)
            {
                periods.Remove(period.Of);
                report.Ended(period, MaintenanceEnd.Config, by: null, now);
            }

            if (gone.Count > 0)
            {
                Save(now);
            }
        }
    }

    /// <summary>Whether a device is in maintenance, by itself or with its station.</summary>
    /// <param name="device">The device.</param>
    public bool Covers(string device)
    {
        var current = seen;
        if (current.Count == 0)
        {
            return false;
        }

        var now = clock.Now();
        var station = stations.GetValueOrDefault(device);
        return current.Any(period => period.Of.Name == (period.Of.IsStation ? station : device) && !IsOver(period, now));
    }

    /// <summary>What a name means: a device, a station, or <c>device:NAME</c> and <c>station:NAME</c> where it could be both.
    /// </summary>
    /// <param name="name">The name.</param>
    /// <exception cref="ControlRefusedException">There is none of that name, or two.</exception>
    public MaintenanceTarget Find(string name)
    {
        var (kind, bare) = name.Split(':', 2) is [var before, var after] ? (before, after) : ("", name);
        List<MaintenanceTarget> found = [];
        if (kind is "" or "device" && stations.ContainsKey(bare))
        {
            found.Add(new MaintenanceTarget(IsStation: false, bare));
        }

        if (kind is "" or "station" && stations.Values.Contains(bare, StringComparer.Ordinal))
        {
            found.Add(new MaintenanceTarget(IsStation: true, bare));
        }

        return found switch
        {
            [var only] => only,
            [] => throw new ControlRefusedException(
                $"there is no device and no station with a device of the name {name}; there are the devices "
                + $"{string.Join(", ", stations.Keys.Order(StringComparer.Ordinal))} and the stations "
                + string.Join(", ", stations.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))),
            _ => throw new ControlRefusedException($"{name} is a device and a station; say device:{name} or station:{name}"),
        };
    }

    /// <summary>Begins a maintenance, or gives one that goes on a new end.</summary>
    /// <param name="of">What of.</param>
    /// <param name="reason">Why.</param>
    /// <param name="who">Who.</param>
    /// <param name="uid">The user who asks.</param>
    /// <param name="length">How long from now.</param>
    /// <returns>Why it could not be written down, so that a restart will forget it; null where it was.</returns>
    public string? Begin(MaintenanceTarget of, string reason, string who, uint uid, TimeSpan length)
    {
        lock (gate)
        {
            return Begin(of, reason, who, uid, length, isAfterCalibration: false, Refresh());
        }
    }

    /// <summary>Sees to it that a device whose probe was calibrated is in maintenance for some time from now: where it is longer, by itself or with its station,
    /// that stays as it is.</summary>
    /// <param name="device">The device; one that is not in the settings is in none.</param>
    /// <param name="reason">Why, where it begins.</param>
    /// <param name="who">Who.</param>
    /// <param name="uid">The user who asks.</param>
    /// <param name="length">How long from now.</param>
    /// <returns>Why it could not be written down, so that a restart will forget it; null where it was.</returns>
    public string? BeginAfterCalibration(string device, string reason, string who, uint uid, TimeSpan length)
    {
        lock (gate)
        {
            var now = Refresh();
            return !stations.ContainsKey(device) || Left(device, now) >= length
                ? null
                : Begin(new MaintenanceTarget(IsStation: false, device), reason, who, uid, length, isAfterCalibration: true, now);
        }
    }

    /// <summary>How long a device is still in maintenance, by itself or with its station; zero where it is in none.</summary>
    /// <param name="device">The device.</param>
    public TimeSpan Left(string device)
    {
        lock (gate)
        {
            return Left(device, Refresh());
        }
    }

    /// <summary>Whether a device is in the maintenance that its calibration began, which <see cref="EndAfterCalibration"/> ends.</summary>
    /// <param name="device">The device.</param>
    public bool IsAwaitingWater(string device)
    {
        lock (gate)
        {
            Refresh();
            return periods.TryGetValue(new MaintenanceTarget(IsStation: false, device), out var period) && period.IsAfterCalibration;
        }
    }

    private TimeSpan Left(string device, ClockReading now) => periods.Values
        .Where(period => period.Of.Name == (period.Of.IsStation ? stations.GetValueOrDefault(device) : device))
        .Select(period => period.Left(now.BootTime)).DefaultIfEmpty().Max();

    private string? Begin(
        MaintenanceTarget of, string reason, string who, uint uid, TimeSpan length, bool isAfterCalibration, ClockReading now)
    {
        var period = new MaintenancePeriod
        {
            Of = of,
            Reason = reason,
            Who = who,
            Uid = uid,
            Length = length,
            IsAfterCalibration = isAfterCalibration,
            Boot = now.Boot,
            Ends = now.BootTime + length,
            EndsMs = now.Trust is null ? null : now.WallMs + (long)length.TotalMilliseconds,
        };
        periods[of] = period;
        report.Begun(period, now);
        return Save(now);
    }

    /// <summary>Ends a maintenance.</summary>
    /// <param name="of">What of.</param>
    /// <param name="who">Who.</param>
    /// <param name="uid">The user who asks.</param>
    /// <returns>Why it could not be written down, so that a restart would take the maintenance up again; null where it was.</returns>
    /// <exception cref="ControlRefusedException">It is in none.</exception>
    public string? End(MaintenanceTarget of, string who, uint uid)
    {
        lock (gate)
        {
            return End(of, who, uid, Refresh());
        }
    }

    /// <summary>Ends the maintenance that a calibration of a device began, and no other.</summary>
    /// <param name="device">The device.</param>
    /// <param name="who">Who.</param>
    /// <param name="uid">The user who asks.</param>
    /// <returns>Why it could not be written down, so that a restart would take the maintenance up again; null where it was.</returns>
    /// <exception cref="ControlRefusedException">It is in none, or in one that somebody began.</exception>
    public string? EndAfterCalibration(string device, string who, uint uid)
    {
        lock (gate)
        {
            var now = Refresh();
            var of = new MaintenanceTarget(IsStation: false, device);
            return periods.TryGetValue(of, out var period) && !period.IsAfterCalibration
                ? throw new ControlRefusedException(
                    $"{of} is in maintenance by {period.Who} ({period.Reason}), not for its calibration; whoever is done with that ends it with pond-gateway maintenance off {device}")
                : End(of, who, uid, now);
        }
    }

    private string? End(MaintenanceTarget of, string who, uint uid, ClockReading now)
    {
        if (!periods.Remove(of, out var period))
        {
            throw new ControlRefusedException(Without(of));
        }

        report.Ended(period, MaintenanceEnd.Off, (who, uid), now);
        return Save(now);
    }

    /// <summary>Ends what is over at its time, also where nobody polls, until told to stop.</summary>
    /// <param name="time">For waiting.</param>
    /// <param name="cancellationToken">Tells it; ends the task without an exception.</param>
    public async Task WatchAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(WatchInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                lock (gate)
                {
                    if (periods.Count > 0 || isUnsaved)
                    {
                        var now = Refresh();
                        if (isUnsaved || now.BootTime - savedAt >= SaveInterval)
                        {
                            Save(now);
                        }
                    }
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    private string Without(MaintenanceTarget of)
    {
        if (!of.IsStation && stations.TryGetValue(of.Name, out var station) && periods.ContainsKey(new MaintenanceTarget(IsStation: true, station)))
        {
            return $"{of.Name} is in maintenance with its station: end that of {station}";
        }

        return $"{of} is not in maintenance";
    }

    private void Resume(MaintenancePeriod period, ClockReading now)
    {
        if (!IsKnown(period.Of))
        {
            report.Ended(period, MaintenanceEnd.Config, by: null, now);
            return;
        }

        periods[period.Of] = period;
        log.LogInformation(
            "maintenance of {Of} by {Who} goes on, for {Minutes:0} min", period.Of, period.Who, period.Left(now.BootTime).TotalMinutes);
    }

    private bool IsKnown(MaintenanceTarget of) =>
        of.IsStation ? stations.Values.Contains(of.Name, StringComparer.Ordinal) : stations.ContainsKey(of.Name);

    private ClockReading Refresh()
    {
        var now = clock.Now();
        List<MaintenancePeriod> over = [.. periods.Values.Where(period => IsOver(period, now))];
        foreach (var period in over)
        {
            periods.Remove(period.Of);
            report.Ended(period, MaintenanceEnd.Time, by: null, now);
        }

        if (over.Count > 0)
        {
            Save(now);
        }

        return now;
    }

    // How long the machine was off only the wall clock can tell.
    private static bool IsOver(MaintenancePeriod period, ClockReading now) =>
        now.BootTime >= period.Ends
        || (period is { IsOfEarlierBoot: true, EndsMs: { } endsMs } && now.Trust is not null && now.WallMs >= endsMs);

    private string? Save(ClockReading now)
    {
        seen = [.. periods.Values];
        if (file.Write(periods.Values, now.BootTime) is not { } failure)
        {
            (savedAt, isUnsaved) = (now.BootTime, false);
            return null;
        }

        if (!isUnsaved)
        {
            log.LogWarning("what is in maintenance could not be written down, so a restart goes by what was before; it is tried again: {Failure}", failure);
        }

        isUnsaved = true;
        return failure;
    }
}
