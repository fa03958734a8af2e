using System.Text;
using System.Text.Json;
using PondSentinel.Toml;

namespace PondSentinel.Backend.Notification.Webhook;

/// <summary>A form of message as people write it: a JSON file whose texts hold placeholders. README.md of this folder describes it;
/// those of this program are files of the same kind.</summary>
internal sealed class WebhookTemplate
{
    /// <summary>Most bytes of a file.</summary>
    public const int BytesMax = 64 * 1024;

    private const string Mend = "see Notification/Webhook/README.md for the form of a template";
    private static readonly string[] TopMembers = ["answer", "body"];

    private readonly JsonElement body;
    private readonly Dictionary<string, TemplateText> texts;

    private WebhookTemplate(JsonElement body, Dictionary<string, TemplateText> texts, AnswerRule? answer) =>
        (this.body, this.texts, Answer) = (body, texts, answer);

    /// <summary>The templates of this program, by name.</summary>
    public static IReadOnlyDictionary<string, WebhookTemplate> All { get; } = Load();

    /// <summary>What an answer has to say.</summary>
    public AnswerRule? Answer { get; }

    /// <summary>Whether it needs the channel's <c>topic</c>.</summary>
    public bool NeedsTopic => texts.Values.SelectMany(text => text.Names).Contains(TemplateFields.TopicName);

    /// <summary>Reads one.</summary>
    /// <param name="file">Its name, for messages.</param>
    /// <param name="text">JSON.</param>
    /// <param name="problems">Takes what is wrong with it, with line and column.</param>
    public static WebhookTemplate? Read(string file, string text, List<Problem> problems)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var before = problems.Count;
        try
        {
            var root = JsonElement.Parse(bytes);
            var texts = TextsOf(file, bytes, problems);
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("body", out var body) || body.ValueKind != JsonValueKind.Object)
            {
                problems.Add(new Problem(file, 1, 1, "the template has no \"body\" that is an object", Mend));
                return null;
            }

            foreach (var member in root.EnumerateObject().Where(member => !TopMembers.Contains(member.Name)))
            {
                problems.Add(new Problem(file, 1, 1, $"\"{member.Name}\" means nothing beside \"answer\" and \"body\"", Mend));
            }

            var answer = root.TryGetProperty("answer", out var rule) ? AnswerOf(file, rule, problems) : null;
            return problems.Count > before ? null : new WebhookTemplate(body, texts, answer);
        }
        catch (JsonException e)
        {
            problems.Add(new Problem(file, (int)(e.LineNumber ?? 0) + 1, (int)(e.BytePositionInLine ?? 0) + 1, "the JSON breaks off or goes wrong here", "mend the JSON at this place"));
            return null;
        }
    }

    /// <summary>Whether a message has room: of each of its notices a line in each language.</summary>
    /// <param name="fields">What the placeholders stand for.</param>
    public bool Holds(TemplateFields fields) => texts.Values.All(text => text.Holds(fields));

    /// <summary>The body for a message.</summary>
    /// <param name="fields">What the placeholders stand for.</param>
    public byte[] Render(TemplateFields fields)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            Write(json, body, fields);
        }

        return stream.ToArray();
    }

    private static Dictionary<string, WebhookTemplate> Load()
    {
        const string Folder = "WebhookTemplates/";
        var assembly = typeof(WebhookTemplate).Assembly;
        Dictionary<string, WebhookTemplate> all = new(StringComparer.Ordinal);
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            List<Problem> problems = [];
            all.Add(
                Path.GetFileNameWithoutExtension(resource[Folder.Length..]),
                Read(resource, reader.ReadToEnd(), problems)
                ?? throw new InvalidDataException($"A template of this program cannot be read: {string.Join("; ", problems)}"));
        }

        return all;
    }

    private static AnswerRule? AnswerOf(string file, JsonElement rule, List<Problem> problems)
    {
        if (rule.ValueKind == JsonValueKind.Object
            && rule.TryGetProperty("member", out var member) && member.ValueKind == JsonValueKind.String
            && rule.TryGetProperty("good", out var good) && good.ValueKind == JsonValueKind.Number && good.TryGetInt64(out var number))
        {
            var refused = rule.TryGetProperty("refused", out var list) && list.ValueKind == JsonValueKind.Array
                ? list.EnumerateArray().Select(code => code.ValueKind == JsonValueKind.Number && code.TryGetInt64(out var n) ? n : (long?)null).ToList()
                : [];
            if (!refused.Contains(null))
            {
                return new AnswerRule(member.GetString()!, number, [.. refused.OfType<long>()]);
            }
        }

        problems.Add(new Problem(file, 1, 1, "\"answer\" is not of the form { \"member\": \"errcode\", \"good\": 0, \"refused\": [40058] }", Mend));
        return null;
    }

    // Every text is read before anything is sent, so that a mistake is found by check and not at three in the morning.
    private static Dictionary<string, TemplateText> TextsOf(string file, byte[] bytes, List<Problem> problems)
    {
        Dictionary<string, TemplateText> texts = new(StringComparer.Ordinal);
        var reader = new Utf8JsonReader(bytes);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.String && reader.GetString() is { } value && !texts.ContainsKey(value))
            {
                var (text, wrong, mend) = TemplateText.Read(value);
                if (text is not null)
                {
                    texts.Add(value, text);
                }
                else
                {
                    var before = bytes.AsSpan(0, (int)reader.TokenStartIndex);
                    problems.Add(new Problem(file, before.Count((byte)'\n') + 1, before.Length - before.LastIndexOf((byte)'\n'), wrong!, mend!));
                }
            }
        }

        return texts;
    }

    private void Write(Utf8JsonWriter json, JsonElement element, TemplateFields fields)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                json.WriteStartObject();
                foreach (var member in element.EnumerateObject())
                {
                    json.WritePropertyName(member.Name);
                    Write(json, member.Value, fields);
                }

                json.WriteEndObject();
                break;
            case JsonValueKind.Array:
                json.WriteStartArray();
                foreach (var item in element.EnumerateArray())
                {
                    Write(json, item, fields);
                }

                json.WriteEndArray();
                break;
            case JsonValueKind.String:
                texts[element.GetString()!].Write(json, fields);
                break;
            default:
                element.WriteTo(json);
                break;
        }
    }
}
