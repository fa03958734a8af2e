using System.Globalization;
using System.Text;

namespace PondSentinel.Backend.Web.Monitoring;

/// <summary>Numbers in Prometheus' text format 0.0.4, which OpenMetrics' readers take too: families one after another, each with its
/// help and type. Escaping is that of the format: of backslash, line end and, in labels, the quote.</summary>
/// <remarks>Source: prometheus.io, Exposition formats, "Text-based format".</remarks>
internal sealed class MetricsText
{
    /// <summary>The content type of the format.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder text = new();

    /// <summary>Writes a family of numbers that go up and down.</summary>
    /// <param name="name">Its name; ends in its unit where it has one.</param>
    /// <param name="help">What it is, one sentence.</param>
    /// <param name="samples">Its numbers; a family without any is not written.</param>
    public void Gauge(string name, string help, params IEnumerable<MetricSample> samples) => Family(name, help, "gauge", samples);

    /// <summary>Writes a family of numbers that only go up, but for a restart.</summary>
    /// <param name="name">Its name; ends in <c>_total</c>.</param>
    /// <param name="help">What it is, one sentence.</param>
    /// <param name="samples">Its numbers; a family without any is not written.</param>
    public void Counter(string name, string help, params IEnumerable<MetricSample> samples) => Family(name, help, "counter", samples);

    /// <inheritdoc/>
    public override string ToString() => text.ToString();

    private void Family(string name, string help, string type, IEnumerable<MetricSample> samples)
    {
        var isFirst = true;
        foreach (var sample in samples)
        {
            if (isFirst)
            {
                isFirst = false;
                text.Append("# HELP ").Append(name).Append(' ').Append(Escaped(help)).Append('\n');
                text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
            }

            text.Append(name);
            for (var i = 0; i < sample.Labels.Length; i++)
            {
                var (label, value) = sample.Labels[i];
                text.Append(i == 0 ? '{' : ',').Append(label).Append("=\"").Append(Escaped(value).Replace("\"", "\\\"", StringComparison.Ordinal)).Append('"');
            }

            text.Append(sample.Labels.Length > 0 ? "} " : " ").Append(sample.Value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
        }
    }

    private static string Escaped(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}

/// <summary>A number of a family.</summary>
/// <param name="Value">The number.</param>
/// <param name="Labels">What tells it apart from others of the family.</param>
internal readonly record struct MetricSample(double Value, params (string Name, string Value)[] Labels);
