using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Time;

namespace PondSentinel.Gateway;

/// <summary>Puts a gateway together and runs it: sensors, clock, buffer, uplink.</summary>
public static class GatewayHost
{
    private static readonly TimeSpan ClockWatchInterval = TimeSpan.FromSeconds(10);

    /// <summary>Runs a gateway until told to stop, and stops it in under two seconds.</summary>
    /// <param name="configuration">The settings; nobody checks them again.</param>
    /// <param name="options">What surrounds it.</param>
    /// <param name="cancellationToken">Tells it to stop; ends the task without an exception.</param>
    /// <exception cref="IOException">The folder of the buffer cannot be used.</exception>
    public static Task RunAsync(
        GatewayConfiguration configuration, GatewayHostOptions options, CancellationToken cancellationToken) =>
        throw new NotSupportedException("The buffer and the drivers are not wired to the gateway yet.");

    /// <summary>Polls and buffers until told to stop.</summary>
    /// <param name="configuration">The settings.</param>
    /// <param name="devices">The devices, those of one bus in one worker.</param>
    /// <param name="meta">What describes them.</param>
    /// <param name="buffer">The buffer.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="witness">Told of every record, where somebody asked for it.</param>
    /// <param name="options">What surrounds it.</param>
    /// <param name="cancellationToken">Tells it to stop; ends the task without an exception.</param>
    internal static async Task SampleAsync(
        GatewayConfiguration configuration,
        IReadOnlyList<PolledDevice> devices,
        MetaDescription meta,
        IRecordLog buffer,
        GatewayClock clock,
        Witness? witness,
        GatewayHostOptions options,
        CancellationToken cancellationToken)
    {
        var sink = new RecordSink(buffer, configuration.Site, meta.Schema, witness);
        var report = new ClockReport(buffer, sink, options.Log);
        clock.Changed += report.Note;

        // The process begins an epoch, so what describes its records comes before the first of them.
        sink.AppendEvent("meta", device: null, clock.Now(), meta.Bytes);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task> running =
        [
            .. devices.GroupBy(device => device.Options.Bus).Select(bus =>
                new BusWorker([.. bus], sink, clock, options.Time, options.Log).RunAsync(stop.Token)),
            WatchClockAsync(clock, options.Time, stop.Token),
        ];
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
        }
    }

    private static async Task WatchClockAsync(GatewayClock clock, TimeProvider time, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(ClockWatchInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                clock.Now();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }
}
