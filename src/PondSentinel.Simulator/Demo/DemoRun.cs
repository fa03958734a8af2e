using System.Net;
using System.Net.Sockets;

namespace PondSentinel.Simulator.Demo;

/// <summary>The demo: virtual site, gateway, backend and somebody who is told, in one process.</summary>
/// <param name="options">What was chosen.</param>
/// <param name="report">Where it is told.</param>
/// <param name="time">The real clock.</param>
internal sealed class DemoRun(DemoOptions options, IDemoReport report, TimeProvider time)
{
    private static readonly TimeSpan StopMax = TimeSpan.FromSeconds(2.5);

    /// <summary>Runs until told to stop, or until the simulated time that was asked for.</summary>
    /// <param name="cancellationToken">Tells it to stop; ends the task without an exception.</param>
    /// <exception cref="DemoObstacleException">Something stands in the way.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            SpeedLimit.Check(options.Speed, SpeedLimit.LoadsAtRealTime());
            using var folder = DemoFolder.Open(options);
            RefuseTakenPort();
            await RunAsync(folder, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Disk, folders, ports, terminals: nothing here can mend them, and a stack trace helps nobody.
            throw new DemoObstacleException(e.Message, e);
        }
    }

    private async Task RunAsync(DemoFolder folder, CancellationToken cancellationToken)
    {
        using var journal = new DemoJournal(report);
        await using var parts = new DemoParts(options, folder, report, journal, time);
        try
        {
            await parts.StartAsync(cancellationToken);
            await parts.WatchAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop, maybe before everything ran.
        }
        finally
        {
            journal.Hush();
            await parts.StopAsync(StopMax);
        }

        parts.Save();
        report.Ended(await parts.SummaryAsync());
    }

    // The backend would say so too; here nothing has been started yet.
    private void RefuseTakenPort()
    {
        if (options.Port == 0)
        {
            return;
        }

        using var listener = new TcpListener(IPAddress.Loopback, options.Port);
        try
        {
            listener.Start();
        }
        catch (SocketException e)
        {
            var advice = e.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? "End what uses the port, or choose another with --port P (0 takes a free one)."
                : "Choose another port with --port P (0 takes a free one).";
            throw new DemoObstacleException(
                FormattableString.Invariant($"The page cannot listen on 127.0.0.1:{options.Port}: {e.Message}. {advice}"), e);
        }
    }
}
