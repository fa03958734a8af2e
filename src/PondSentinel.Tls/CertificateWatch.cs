using System.Globalization;
using Microsoft.Extensions.Logging;

namespace PondSentinel.Tls;

/// <summary>Tells in the journal what of the TLS files ends within <see cref="Ahead"/>, once a day; and a list of revoked
/// certificates that is past its date, which goes on being used. Thread-safe.</summary>
/// <param name="options">The files; what is wrong with them otherwise is told at every connect.</param>
/// <param name="now">The time, UTC; null while nobody vouches for the clock, and then nothing is told.</param>
/// <param name="time">For waiting.</param>
/// <param name="log">The journal.</param>
public sealed class CertificateWatch(TlsOptions options, Func<DateTimeOffset?> now, TimeProvider time, ILogger log)
{
    /// <summary>How long ahead of an end it is told: 60 days.</summary>
    public static readonly TimeSpan Ahead = TimeSpan.FromDays(60);

    /// <summary>How often the files are looked at: every hour.</summary>
    public static readonly TimeSpan LookInterval = TimeSpan.FromHours(1);

    private static readonly TimeSpan TellInterval = TimeSpan.FromDays(1);

    private readonly Lock gate = new();
    private long? lookedAt;
    private long? toldAt;
    private int? daysLeft;

    /// <summary>Whole days until the certificate that is shown ends, negative after it has; null where there is none, or nobody
    /// vouches for the clock.</summary>
    public int? DaysLeft
    {
        get
        {
            lock (gate)
            {
                if (lookedAt is not { } last || time.GetElapsedTime(last) >= LookInterval)
                {
                    Look();
                }

                return daysLeft;
            }
        }
    }

    /// <summary>Looks every hour until told to stop.</summary>
    /// <param name="cancellationToken">Tells it; ends the task without an exception.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                _ = DaysLeft;
                await Task.Delay(LookInterval, time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    private void Look()
    {
        daysLeft = null;
        if (now() is not { } at)
        {
            // Asked again at once when somebody vouches for it.
            return;
        }

        lookedAt = time.GetTimestamp();
        using var files = TlsFiles.Read(options, out _);
        if (files is null)
        {
            return;
        }

        daysLeft = files.Own is { } own ? Days(own.NotAfter, at) : null;
        if (toldAt is { } last && time.GetElapsedTime(last) < TellInterval)
        {
            return;
        }

        List<string> ends =
        [
            .. files.Own is { } shown ? Ending(options.Certificate!, "this certificate", shown.NotAfter, at, "have it renewed and put the new one there") : [],
            .. (files.Authorities ?? []).SelectMany(of => Ending(options.Authority!, $"the authority {of.Subject}", of.NotAfter, at, "a new one and new certificates of it for everybody are needed")),
            .. files.Revoked.SelectMany(list => Late(list, at)),
        ];
        foreach (var end in ends)
        {
            log.LogWarning("{What}", end);
            toldAt = time.GetTimestamp();
        }
    }

    private IEnumerable<string> Late(RevocationList list, DateTimeOffset at) => list.NextAt < at
        ? [$"{options.RevocationList}: a newer list of revoked certificates was due on {CertificateText.Day(list.NextAt.Value)}; this one goes on being used, but whoever was revoked since is not on it; bring a new one (pki.sh crl)"]
        : [];

    private static IEnumerable<string> Ending(string file, string what, DateTime end, DateTimeOffset at, string remedy)
    {
        var days = Days(end, at);
        if (days <= Ahead.TotalDays)
        {
            yield return days < 0
                ? $"{file}: {what} ended on {CertificateText.Day(end)}; {remedy}"
                : string.Create(CultureInfo.InvariantCulture, $"{file}: {what} ends in {CertificateText.Days(days)}, on {CertificateText.Day(end)}; {remedy}");
        }
    }

    private static int Days(DateTime end, DateTimeOffset at) => (int)Math.Floor((end.ToUniversalTime() - at.UtcDateTime).TotalDays);
}
