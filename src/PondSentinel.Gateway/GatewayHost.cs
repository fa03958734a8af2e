using Microsoft.Extensions.Logging;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Alarms;
using PondSentinel.Gateway.Applying;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Calibration;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Control;
using PondSentinel.Gateway.Fieldwork;
using PondSentinel.Gateway.Health;
using PondSentinel.Gateway.Maintenance;
using PondSentinel.Gateway.Samples;
using PondSentinel.Gateway.StatusPage;
using PondSentinel.Gateway.Time;
using PondSentinel.Gateway.Uplink;
using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.Host;
using PondSentinel.Terminal;
using PondSentinel.Tls;
using PondSentinel.Wire;

namespace PondSentinel.Gateway;

/// <summary>Puts a gateway together and runs it: sensors, clock, buffer, uplink.</summary>
public static class GatewayHost
{
    private static readonly TimeSpan ClockWatchInterval = TimeSpan.FromSeconds(10);

    private static string Software => $"pond-gateway {typeof(GatewayHost).Assembly.GetName().Version?.ToString(3)}";

    /// <summary>Runs a gateway until told to stop, and stops it in under two seconds.</summary>
    /// <param name="configuration">The settings; nobody checks them again.</param>
    /// <param name="options">What surrounds it.</param>
    /// <param name="cancellationToken">Tells it to stop; ends the task without an exception.</param>
    /// <exception cref="IOException">The folder of the buffer cannot be used.</exception>
    public static async Task RunAsync(
        GatewayConfiguration configuration, GatewayHostOptions options, CancellationToken cancellationToken)
    {
        // Closed in the opposite order: the lines, the buffer, and at last the witness, which waits for the buffer's word.
        await using var witness = options.Witness is { } writer ? new Witness(writer) : null;
        await using var buffer = SegmentedLog.Open(configuration.Buffer, options.Time, options.Log);
        using var calibrations = CalibrationRoom.Open(configuration);
        if (calibrations.Book.WhyNoneIsAdded is { } why)
        {
            options.Log.LogWarning("no calibration can be added: {Why}", why);
        }

        await using var assembly = DeviceAssembly.Open(configuration, options.Time, calibrations.Book);
        var parts = new GatewayParts
        {
            Devices = assembly.Devices,
            Assembly = assembly,
            Models = configuration.Models,
            Buffer = buffer,
            Commit = buffer.CommitNow,
            Beside = witness is null ? [buffer.Committing] : [buffer.Committing, witness.Writing],
            Clock = new GatewayClock(new LinuxKernelClock(), options.Time, configuration.Clock),
            Witness = witness,
            Calibrations = calibrations,
        };
        await RunAsync(configuration, parts, options, cancellationToken);
    }

    /// <summary>Runs a gateway over parts that somebody else opens and closes.</summary>
    /// <param name="configuration">The settings.</param>
    /// <param name="parts">The parts.</param>
    /// <param name="options">What surrounds it.</param>
    /// <param name="cancellationToken">Tells it to stop; ends the task without an exception.</param>
    internal static async Task RunAsync(
        GatewayConfiguration configuration,
        GatewayParts parts,
        GatewayHostOptions options,
        CancellationToken cancellationToken)
    {
        var described = new CurrentMeta(configuration, parts.Models, parts.Calibrations?.Book);
        using var stopSampling = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var stopUplink = new CancellationTokenSource();
        var urgent = new UrgentRecords();
        var tally = new UplinkTally();
        var roster = new DeviceRoster(parts.Devices);
        parts = parts with { Devices = roster };
        var history = configuration.StatusPage is null ? null : new DayHistory();
        UplinkSlot? slot = null;
        using var alarms = Alarms(configuration, parts, described.Now, () => slot?.Tally?.IsUp, options);
        var sink = new RecordSink(
            parts.Buffer, configuration.Site, described.Now.Schema, parts.Witness, urgent.Note, history is null ? null : history.Note, alarms.Judge);
        var maintenance = Maintenance(configuration, parts, described.Now, options);
        var calibrating = parts.Calibrations is { } room
            ? new CalibrationRuns(room.Book, room.Running, parts.Devices, maintenance, parts.Clock, options.Time, options.Log)
            : null;
        var visits = parts.Calibrations is { } guided ? new CalibrationVisits(guided.Book, maintenance, parts.Clock) : null;
        bool IsCalibrated(string device) => calibrating?.Covers(device) == true || visits?.Covers(device) == true;
        Why Attended(string device) =>
            (maintenance.Covers(device) ? Why.Maintenance : Why.None) | (IsCalibrated(device) ? Why.Calibrating : Why.None);
        var fleet = new BusFleet((bus, devices) => new BusWorker(
            devices, sink, parts.Clock, options.Time, options.Log, Attended, options.Loops?.Add($"bus {bus}", ClockWatchInterval)));
        using var uplinks = slot = new UplinkSlot(
            settings => Uplink(configuration, settings, parts, described, urgent, tally, options), configuration.Uplink, tally, options.Time);
        using var reloading = Reloads(parts, roster, described, sink, fleet, alarms, maintenance, calibrating, slot, options);
        var status = new StatusVerb(configuration.Id, Software, parts.Buffer, parts.Devices, parts.Clock, () => slot.Tally, alarms)
        {
            MaintenanceLeft = maintenance.Left,
            IsCalibrated = IsCalibrated,
            Refused = () => reloading?.Refused,
            CalibrationTroubles = () => parts.Calibrations?.Book.Troubles ?? [],
        };
        var sampling = SampleAsync(configuration, parts, described, sink, fleet, maintenance, calibrating, alarms, options, stopSampling.Token);
        var uplink = slot.RunAsync(stopUplink.Token);
        var control = configuration.Control is { } place
            ? Control(configuration, place, parts, sink, maintenance, calibrating, visits, alarms, status, reloading, options).RunAsync(stopSampling.Token)
            : sampling;
        var page = configuration.StatusPage is { } shown
            ? new StatusPageServer(shown, status, history!, parts.Clock, options.Time, options.Log).RunAsync(stopSampling.Token)
            : sampling;
        var reloads = reloading?.RunAsync(stopSampling.Token) ?? sampling;
        try
        {
            options.Started?.Invoke();

            // None of them ends before it is told to; where one fails, that ends all, because half a gateway looks alive.
            await await Task.WhenAny([sampling, uplink, control, page, reloads, .. parts.Beside]);
        }
        finally
        {
            // What was sampled is safe before a second is spent on the broker.
            await stopSampling.CancelAsync();
            await sampling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await control.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await page.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await reloads.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                // Not where a part has failed: that is no wanted stop.
                if (cancellationToken.IsCancellationRequested && sampling.IsCompletedSuccessfully)
                {
                    new ProcessReport(
                        new RecordSink(parts.Buffer, configuration.Site, described.Now.Schema, witness: null), parts.Clock).Stopped();
                }

                parts.Commit();
            }
            finally
            {
                await stopUplink.CancelAsync();
                await uplink.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private static Reloading? Reloads(
        GatewayParts parts,
        DeviceRoster roster,
        CurrentMeta described,
        RecordSink sink,
        BusFleet fleet,
        AlarmBoard alarms,
        MaintenanceBook maintenance,
        CalibrationRuns? calibrating,
        UplinkSlot uplink,
        GatewayHostOptions options) => options.Reload is not { } source || parts.Assembly is not { } assembly ? null : new Reloading(
            source,
            new ReloadedParts
            {
                Assembly = assembly,
                Fleet = fleet,
                Roster = roster,
                Described = described,
                Alarms = alarms,
                Maintenance = maintenance,
                Calibrations = parts.Calibrations?.Book,
                Calibrating = calibrating,
                Uplink = uplink,
            },
            new ReloadReport(sink, parts.Clock, options.Log),
            parts.Clock,
            options.Time);

    private static MaintenanceBook Maintenance(
        GatewayConfiguration configuration, GatewayParts parts, MetaDescription meta, GatewayHostOptions options) => new(
            configuration.Devices.ToDictionary(device => device.Id, device => device.Station, StringComparer.Ordinal),
            new MaintenanceFile(new WholeFile(configuration.StateFolder, $"maintenance-{configuration.Id}.json", MaintenanceFile.BytesMax)),
            parts.Clock,
            new MaintenanceReport(new RecordSink(parts.Buffer, configuration.Site, meta.Schema, witness: null), options.Log),
            options.Log);

    private static AlarmBoard Alarms(
        GatewayConfiguration configuration, GatewayParts parts, MetaDescription meta, Func<bool?> isLinked, GatewayHostOptions options) => new(
            new AlarmRoom
            {
                Alarms = configuration.Alarms,
                Relays = configuration.Relays,
                LineOf = parts.Relay,
                File = new AlarmFile(new WholeFile(configuration.StateFolder, $"alarms-{configuration.Id}.json", AlarmFile.BytesMax)),
                Clock = parts.Clock,
                Time = options.Time,
                Report = new AlarmReport(new RecordSink(parts.Buffer, configuration.Site, meta.Schema, witness: null), options.Log),
                Log = options.Log,
                IsLinked = isLinked,
            });

    private static ControlServer Control(
        GatewayConfiguration configuration,
        ControlOptions place,
        GatewayParts parts,
        RecordSink sink,
        MaintenanceBook maintenance,
        CalibrationRuns? calibrating,
        CalibrationVisits? visits,
        AlarmBoard alarms,
        StatusVerb status,
        Reloading? reloading,
        GatewayHostOptions options)
    {
        var work = new LineWork(parts.Devices, options.Time);
        IControlVerb[] verbs =
        [
            status,
            new ReadVerb(work),
            new ScanVerb(work, () => reloading?.Running.Configuration?.Models ?? parts.Models),
            new DeviceIdentify(work),
            new DeviceSetAddress(work),
            new DeviceReplace(work, sink, parts.Clock),
            new DevicePowerCycle(work),
            new MaintenanceOn(maintenance),
            new MaintenanceOff(maintenance),
            new MaintenanceList(maintenance),
            new AlarmList(alarms),
            new AlarmSilence(alarms),
            new AlarmTest(alarms),
            new SampleAdd(() => SampledChannel.Of(parts.Devices), sink, parts.Clock, options.Time),
            .. options.Recent is { } recent ? new IControlVerb[] { LogsVerb.OfThisProcess(recent) } : [],
            .. parts.Calibrations is { Book: var book } && calibrating is not null && visits is not null
                ? new IControlVerb[]
                {
                    new CalibrationAddVerb(book, parts.Clock, calibrating.Settle), new CalibrationRunVerb(calibrating), new CalibrationStateVerb(calibrating),
                    new CalibrationJudgeVerb(book), new CalibrationLookVerb(visits, book, parts.Devices), new CalibrationVisitVerb(visits),
                    new CalibrationReadingVerb(visits, work),
                }
                : [],
            .. reloading is not null ? new IControlVerb[] { new ReloadVerb(reloading), new TrialVerb(reloading) } : [],
        ];
        return new ControlServer(
            place, new ControlDesk(verbs, new ControlAudit(sink, parts.Clock, options.Log), options.Log), options.Time, options.Log, ControlPeer.Uid);
    }

    private static LinkKeeper Uplink(
        GatewayConfiguration configuration,
        UplinkOptions settings,
        GatewayParts parts,
        CurrentMeta described,
        UrgentRecords urgent,
        UplinkTally tally,
        GatewayHostOptions options)
    {
        var meta = described.Now;
        var machine = new Machine();
        MqttNetBroker? broker = null;
        var thrift = new Thrift(settings, Budget(configuration, settings, parts, options), () => broker?.Bytes);
        tally.NoteCertificate(
            settings.Tls is { } tls ? new CertificateWatch(tls, () => Vouched(parts.Clock), options.Time, options.Log) : null);
        var health = new HealthReport(
            parts.Buffer,
            configuration.Buffer.Folder,
            parts.Devices.Select(device => device.Tally),
            parts.Devices.Select(device => device.Care?.Tally).OfType<BusTally>().Distinct(),
            parts.Clock,
            machine,
            tally,
            () => thrift.Health);
        var room = new UplinkRoom
        {
            Gateway = configuration.Id,
            Site = configuration.Site,
            Options = settings,
            Meta = () => described.Now.Bytes,
            Hardware = machine.Model,
            Software = Software,
            Buffer = parts.Buffer,
            Clock = parts.Clock,
            Time = options.Time,
            Log = options.Log,
            NextHealthAsync = new HealthWatch(health.Now, () => thrift.HealthInterval, options.Time).NextAsync,
            Thrift = thrift,
            Dictionary = new DictionaryAgreement(
                settings.IsThrifty && MetaCodec.Decode(meta.Bytes.Span).Value is { } message ? PackingDictionary.Of(message) : null),
            Urgent = urgent,
            Loop = options.Loops?.Add("the uplink", LinkKeeper.OpeningMax),
        };
        var time = new CertificateTime(parts.Clock, () => parts.Buffer.NewestMs, BuildDate.Ms);
        broker = new MqttNetBroker(settings, configuration.Id, StateMessages.Will(room), time, options.Time);
        return new LinkKeeper(room, broker, tally, Random.Shared);
    }

    private static DataBudget? Budget(
        GatewayConfiguration configuration, UplinkOptions settings, GatewayParts parts, GatewayHostOptions options)
    {
        var file = new DataUsageFile(Path.Combine(configuration.StateFolder, $"data-usage-{configuration.Id}.json"));
        return settings.DataBudgetBytes is { } bytes ? new DataBudget(bytes, file, parts.Clock, options.Time, options.Log) : null;
    }

    private static DateTimeOffset? Vouched(GatewayClock clock) => clock.Now() is { Trust: not null } now
        ? DateTimeOffset.FromUnixTimeMilliseconds(now.WallMs)
        : null;

    private static async Task SampleAsync(
        GatewayConfiguration configuration,
        GatewayParts parts,
        CurrentMeta described,
        RecordSink sink,
        BusFleet fleet,
        MaintenanceBook maintenance,
        CalibrationRuns? calibrating,
        AlarmBoard alarms,
        GatewayHostOptions options,
        CancellationToken cancellationToken)
    {
        var (buffer, clock) = (parts.Buffer, parts.Clock);
        var report = new ClockReport(buffer, sink, options.Log);
        clock.Changed += report.Note;

        // The process begins an epoch, so what describes its records comes before the first of them.
        sink.Describe(described.Now, clock.Now());
        void DescribeAnew() => sink.Describe(described.Now, clock.Now());
        described.Changed += DescribeAnew;
        new ProcessReport(sink, clock).Started();
        maintenance.Resume();
        alarms.Begin();
        calibrating?.Resume();
        var card = new CardReport(sink, clock, new FaultLight(configuration.Buffer.FaultLight, options.Log));
        buffer.FaultChanged += card.Note;
        if (buffer.Status.Fault is { } fault)
        {
            card.Note(fault);
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task> running =
        [
            fleet.RunAsync(parts.Devices, stop.Token),
            maintenance.WatchAsync(options.Time, stop.Token),
            alarms.RunAsync(options.Loops?.Add("the alarms", AlarmBoard.TurnMax), stop.Token),
            .. calibrating is null ? Array.Empty<Task>() : [calibrating.WatchAsync(stop.Token)],
            WatchClockAsync(clock, options.Time, options.Loops?.Add("the watch of the clock", ClockWatchInterval), stop.Token),
        ];
        if (parts.Calibrations is { } calibrations)
        {
            running.Add(
                new CalibrationReport(calibrations.Book, calibrations.Told, sink, clock, options.Time, options.Log).RunAsync(stop.Token));
        }

        try
        {
            // None of them ends before it is told to; where one fails, that is a bug and ends all.
            await await Task.WhenAny(running);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(running);
            clock.Changed -= report.Note;
            buffer.FaultChanged -= card.Note;
            described.Changed -= DescribeAnew;
        }
    }

    private static async Task WatchClockAsync(
        GatewayClock clock, TimeProvider time, WatchedLoop? loop, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(ClockWatchInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                loop?.Turn(ClockWatchInterval);
                clock.Now();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
        finally
        {
            loop?.End();
        }
    }
}
