using System.Globalization;
using System.Text;

namespace PondSentinel.Simulator.Demo;

/// <summary>Receives the gateway's claims of durable records (<c>epoch seq …</c>), writes them down and counts them. One
/// writer at a time, as the gateway is.</summary>
/// <param name="inner">Where they are written down; not disposed.</param>
internal sealed class DurableCount(TextWriter inner) : TextWriter(CultureInfo.InvariantCulture)
{
    private long count;
    private string? epoch;

    /// <summary>Durable records.</summary>
    public long Count => Volatile.Read(ref count);

    /// <summary>Epoch of the gateway; null before its first record.</summary>
    public string? Epoch => Volatile.Read(ref epoch);

    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <inheritdoc/>
    public override void Write(char value) => inner.Write(value);

    /// <inheritdoc/>
    public override void WriteLine(string? value)
    {
        inner.WriteLine(value);
        Volatile.Write(ref epoch, value?.Split(' ')[0]);
        Volatile.Write(ref count, count + 1);
    }

    /// <inheritdoc/>
    public override Task WriteLineAsync(string? value)
    {
        WriteLine(value);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override void Flush() => inner.Flush();

    /// <inheritdoc/>
    public override Task FlushAsync()
    {
        Flush();
        return Task.CompletedTask;
    }
}
