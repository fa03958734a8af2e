using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using PondSentinel.Gateway.Time;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Uplink;

/// <summary>Asks the machine for help where there has been no link for long: leaves a file that a root unit of systemd serves,
/// for example by restarting the modem.</summary>
/// <remarks>
/// <para>All by the boot-time clock: a gateway that cannot reach anybody may not know the time either. When it last asked is
/// kept beside the request, so that a process that restarts again and again does not ask each time; it is written first, and
/// where it cannot be written nothing is asked.</para>
/// <para>Thread-safe.</para>
/// </remarks>
/// <param name="options">When and what to ask.</param>
/// <param name="gateway">The gateway's id.</param>
/// <param name="clock">The boot-time clock.</param>
/// <param name="log">The journal.</param>
internal sealed class OfflineHook(OfflineOptions options, string gateway, GatewayClock clock, ILogger log)
{
    private const int BytesMax = 1024;

    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SameFailureInterval = TimeSpan.FromHours(1);

    private readonly TimeSpan began = clock.BootTime;
    private readonly Lock gate = new();
    private TimeSpan? downSince = clock.BootTime;
    private TimeSpan? asked;
    private TimeSpan? failedAt;

    private string Request => Path.Combine(options.Folder, options.Request);

    private string Last => Path.Combine(options.Folder, $".{options.Request}.last");

    /// <summary>Notes that there is a link.</summary>
    public void NoteUp()
    {
        lock (gate)
        {
            downSince = null;
        }
    }

    /// <summary>Notes that there is none any more.</summary>
    public void NoteDown()
    {
        lock (gate)
        {
            downSince ??= clock.BootTime;
        }
    }

    /// <summary>Watches until told to stop.</summary>
    /// <param name="time">The clock for waiting.</param>
    /// <param name="report">Told of each request.</param>
    /// <param name="stop">Tells it to stop; ends the task without an exception.</param>
    public async Task WatchAsync(TimeProvider time, UplinkReport report, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(LookInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                if (AskWhereDue() is { } offline)
                {
                    report.Fault("offline", $"no link for {Units.Text(offline)}; asked the machine to {options.Request}");
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    private TimeSpan? AskWhereDue()
    {
        var now = clock.BootTime;
        TimeSpan offline;
        lock (gate)
        {
            if (downSince is not { } since || now - since < options.After)
            {
                return null;
            }

            offline = TimeSpan.FromSeconds(Math.Floor((now - since).TotalSeconds));
        }

        return now - LastAsked(now) < options.Every || !Ask(now, offline) ? null : offline;
    }

    // Of a boot before this one it is only known that it was before this boot.
    private TimeSpan LastAsked(TimeSpan now)
    {
        if (asked is { } known)
        {
            return known;
        }

        try
        {
            using var file = new FileStream(Last, FileMode.Open, FileAccess.Read);
            var bytes = new byte[BytesMax];
            using var json = JsonDocument.Parse(bytes.AsMemory(0, file.ReadAtLeast(bytes, BytesMax, throwOnEndOfStream: false)));
            var (boot, at) = (json.RootElement.GetProperty("boot").GetGuid(), json.RootElement.GetProperty("boot_s").GetInt64());
            asked = boot != clock.Now().Boot ? TimeSpan.Zero : at >= 0 && at <= now.TotalSeconds ? TimeSpan.FromSeconds(at) : began;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return now - options.Every;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException
            or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            // It may have been just before this process began.
            log.LogWarning("uplink: {File} cannot be read: {Reason}; as if it had been asked at the start", Last, e.Message);
            asked = began;
        }

        return asked.Value;
    }

    private bool Ask(TimeSpan now, TimeSpan offline)
    {
        var isUnserved = File.Exists(Request);
        try
        {
            Directory.CreateDirectory(options.Folder);
            Replace(Last, Line(json =>
            {
                json.WriteString("boot", clock.Now().Boot);
                json.WriteNumber("boot_s", (long)now.TotalSeconds);
            }));
            asked = now;
            Replace(Request, Line(json =>
            {
                json.WriteNumber("v", 1);
                json.WriteString("request", options.Request);
                json.WriteString("gw", gateway);
                json.WriteNumber("offline_s", (long)offline.TotalSeconds);
            }));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (failedAt is null || now - failedAt >= SameFailureInterval)
            {
                failedAt = now;
                log.LogError("uplink: {Request} cannot be asked for: {Reason}; see deploy/systemd", Request, e.Message.TrimEnd('.'));
            }

            return false;
        }

        log.LogWarning(
            "uplink: no link for {Offline}: asked for {Request}{Unserved}; not again within {Every}",
            Units.Text(offline),
            Request,
            isUnserved ? " (nobody has served the one before: check pondsentinel-modem.path)" : "",
            Units.Text(options.Every));
        return true;
    }

    private static byte[] Line(Action<Utf8JsonWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return [.. bytes.WrittenSpan, (byte)'\n'];
    }

    // Whoever serves it sees all of it or none.
    private static void Replace(string file, byte[] line)
    {
        var draft = Path.Combine(
            Path.GetDirectoryName(file)!, string.Create(CultureInfo.InvariantCulture, $".{Path.GetFileName(file)}.new"));
        File.WriteAllBytes(draft, line);
        File.Move(draft, file, overwrite: true);
    }
}
