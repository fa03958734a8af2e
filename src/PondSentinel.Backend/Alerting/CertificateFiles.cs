using System.Text.RegularExpressions;
using PondSentinel.Tls;

namespace PondSentinel.Backend.Alerting;

/// <summary>When a certificate of this machine ends.</summary>
/// <param name="File">Its file.</param>
/// <param name="At">When, UTC.</param>
internal sealed record FileEnd(string File, DateTimeOffset At);

/// <summary>The certificates of this machine whose end is told of ahead: read anew every hour, so that a renewed one ends its alarm.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="backend">The backend's name.</param>
/// <param name="files">The files, each once.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Told once a day of files that are of no use.</param>
internal sealed partial class CertificateFiles(string backend, IReadOnlyList<string> files, TimeProvider time, ILogger<CertificateFiles> log)
{
    private const int NameMax = 32;
    private static readonly TimeSpan LookEvery = TimeSpan.FromHours(1);
    private static readonly TimeSpan TellEvery = TimeSpan.FromDays(1);

    private readonly Lock gate = new();
    private long? lookedAt;
    private long? toldAt;
    private IReadOnlyList<FileEnd> ends = [];

    /// <summary>When each ends that can be read.</summary>
    public IReadOnlyList<FileEnd> Ends
    {
        get
        {
            lock (gate)
            {
                if (lookedAt is not { } last || time.GetElapsedTime(last) >= LookEvery)
                {
                    lookedAt = time.GetTimestamp();
                    ends = Look();
                }

                return ends;
            }
        }
    }

    /// <summary>Every file with the name that people know it by, whether it can be read or not.</summary>
    public IReadOnlyDictionary<string, AlertSubject> Subjects { get; } = NamesOf(files)
        .ToDictionary(pair => pair.File, pair => AlertSubject.CertificateOf(backend, pair.Name), StringComparer.Ordinal);

    /// <summary>That nobody knows when a certificate ends, and what to do.</summary>
    /// <param name="failure">Why, with the file's name.</param>
    public static string Unknown(string failure) =>
        $"{failure}, so nobody can be told when it ends: name the file that is there, or let the user of the service read it";

    /// <summary>Whether an alarm is of a certificate of this machine.</summary>
    /// <param name="subject">What it is of.</param>
    public bool IsOurs(AlertSubject subject) => subject == AlertSubject.CertificateOf(backend, subject.Channel);

    private List<FileEnd> Look()
    {
        List<FileEnd> found = [];
        List<string> failures = [];
        foreach (var file in files)
        {
            if (CertificateEnd.Of(file, out var failure) is { } at)
            {
                found.Add(new FileEnd(file, at));
            }
            else
            {
                failures.Add(failure!);
            }
        }

        if (failures.Count > 0 && (toldAt is not { } last || time.GetElapsedTime(last) >= TellEvery))
        {
            toldAt = time.GetTimestamp();
            foreach (var failure in failures)
            {
                log.LogWarning("{What}", Unknown(failure));
            }
        }

        return found;
    }

    // The file's own name where it is the only one of it, else with its folder's; a number where that is not enough.
    private static List<(string File, string Name)> NamesOf(IReadOnlyList<string> files)
    {
        List<(string, string)> named = [];
        HashSet<string> taken = new(StringComparer.Ordinal);
        foreach (var file in files)
        {
            var stem = Path.GetFileNameWithoutExtension(file);
            var folder = Path.GetFileName(Path.GetDirectoryName(file)) ?? "";
            var name = new[] { stem, $"{folder}-{stem}" }.Select(Plain)
                .Concat(Enumerable.Range(2, files.Count).Select(number => Plain($"{number}-{stem}")))
                .First(candidate => !taken.Contains(candidate));
            taken.Add(name);
            named.Add((file, name));
        }

        return named;
    }

    private static string Plain(string text)
    {
        var plain = NotOfNames().Replace(text.ToLowerInvariant(), "-").Trim('-');
        plain = plain.Length == 0 ? "file" : plain;
        return plain[..Math.Min(plain.Length, NameMax)];
    }

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex NotOfNames();
}
