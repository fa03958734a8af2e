using PondSentinel.Tls;

namespace PondSentinel.Gateway.Uplink;

/// <summary>What the uplink did since the process started, for health. Thread-safe.</summary>
internal sealed class UplinkTally
{
    private long bytes;
    private long connects;
    private long unsendable;
    private volatile string? failure;
    private volatile CertificateWatch? certificate;

    /// <summary>Payload bytes that a broker has taken.</summary>
    public long BytesSent => Interlocked.Read(ref bytes);

    /// <summary>Connections made.</summary>
    public long Connects => Interlocked.Read(ref connects);

    /// <summary>Records and events that are larger than a message may be. The bounds of the configuration keep it at 0.
    /// </summary>
    public long Unsendable => Interlocked.Read(ref unsendable);

    /// <summary>Whether there is a link now.</summary>
    public bool IsUp => failure == "";

    /// <summary>Why there is none, in one line for people; null where there is one, or none was tried yet.</summary>
    public string? Failure => failure is { Length: > 0 } why ? why : null;

    /// <summary>Whole days until the certificate ends that the gateway shows; null where it has none or does not know the time.</summary>
    public int? CertificateDays => certificate?.DaysLeft;

    /// <summary>Takes note of whose certificate is shown from now on.</summary>
    /// <param name="watch">Knows when it ends; null where there is none.</param>
    public void NoteCertificate(CertificateWatch? watch) => certificate = watch;

    /// <summary>Takes note that there is no link.</summary>
    /// <param name="why">Why, in one line for people.</param>
    public void NoteDown(string why) => failure = why.Length > 0 ? why : "no link";

    /// <summary>Counts a payload.</summary>
    /// <param name="count">Its bytes.</param>
    public void CountBytes(int count) => Interlocked.Add(ref bytes, count);

    /// <summary>Counts a connection.</summary>
    public void CountConnect()
    {
        Interlocked.Increment(ref connects);
        failure = "";
    }

    /// <summary>Counts something too large to be sent.</summary>
    public void CountUnsendable() => Interlocked.Increment(ref unsendable);
}
