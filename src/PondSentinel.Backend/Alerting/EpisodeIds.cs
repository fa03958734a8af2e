using System.Globalization;

namespace PondSentinel.Backend.Alerting;

/// <summary>Identities of episodes: rule, channel and the millisecond at which it was first found raised. They stay for ever, wherever
/// late values move the beginning.</summary>
internal static class EpisodeIds
{
    // Raised at the same moment as one that was withdrawn: rare, and another incident.
    private const string Again = "-again";
    private const long NsPerMs = 1_000_000;

    /// <summary>A new one.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="subject">The channel.</param>
    /// <param name="raised">When it was raised.</param>
    /// <param name="isTaken">Whether an id is another episode's.</param>
    public static string Of(string rule, AlertSubject subject, DateTimeOffset raised, Func<string, bool> isTaken)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"{rule}.{subject.TopicName}.{raised.ToUnixTimeMilliseconds()}");
        while (isTaken(id))
        {
            id += Again;
        }

        return id;
    }

    /// <summary>The time of an id as a key, ns since 1970: episodes of a rule and channel have different ones.</summary>
    /// <param name="id">The id.</param>
    /// <exception cref="FormatException">It is none.</exception>
    public static long KeyNs(string id)
    {
        var time = id.AsSpan(id.LastIndexOf('.') + 1);
        var more = 0;
        while (time.EndsWith(Again, StringComparison.Ordinal))
        {
            time = time[..^Again.Length];
            more++;
        }

        return (long.Parse(time, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) * NsPerMs) + more;
    }
}
