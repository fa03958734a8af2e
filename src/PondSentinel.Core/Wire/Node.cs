using System.Globalization;
using System.Text.Json;

namespace PondSentinel.Wire;

/// <summary>A place in a message that is being read: an object or an array with its path.</summary>
/// <remarks>
/// The first thing that is wrong is kept and everything read from then on is of no use: a reader reads on to the end and
/// asks once. An optional member is absent or null. Expects what <see cref="StrictJson"/> has let through.
/// </remarks>
internal sealed class Node
{
    private readonly JsonElement element;
    private readonly string name;
    private readonly Node? parent;
    private readonly Node top;
    private string? firstFault;

    private Node(JsonElement element, string name, Node? parent)
    {
        this.element = element;
        this.name = name;
        this.parent = parent;
        top = parent?.top ?? this;
    }

    /// <summary>The first thing wrong with the message: where and what; null while nothing is.</summary>
    public string? FirstFault => top.firstFault;

    /// <summary>The name or index by which it was reached.</summary>
    public string Name => name;

    /// <summary>Begins to read a message.</summary>
    /// <param name="root">Its object.</param>
    public static Node Top(JsonElement root) => new(root, "", null);

    /// <summary>Notes that something is wrong here.</summary>
    /// <param name="what">What.</param>
    public void Refuse(string what) => top.firstFault ??= Path() is { Length: > 0 } path ? $"{path}: {what}" : what;

    /// <summary>Whether a member is there and not null.</summary>
    /// <param name="member">The member.</param>
    public bool Has(string member) => TryGet(member, out _);

    /// <summary>A whole number, written as one: neither 1.0 nor 1e3.</summary>
    public long Integer(string member, long min, long max) =>
        Required(member, out var value) ? IntegerOf(value, member, min, max) : min;

    /// <summary>A whole number or nothing.</summary>
    public long? OptionalInteger(string member, long min, long max) =>
        TryGet(member, out var value) ? IntegerOf(value, member, min, max) : null;

    /// <summary>A finite number.</summary>
    public double Number(string member, double min = double.MinValue, double max = double.MaxValue) =>
        Required(member, out var value) ? NumberOf(value, member, min, max) : 0;

    /// <summary>A finite number or nothing.</summary>
    public double? OptionalNumber(string member, double min = double.MinValue, double max = double.MaxValue) =>
        TryGet(member, out var value) ? NumberOf(value, member, min, max) : null;

    /// <summary>True or false.</summary>
    public bool Flag(string member) => Required(member, out var value) && FlagOf(value, member);

    /// <summary>True, false or nothing.</summary>
    public bool? OptionalFlag(string member) => TryGet(member, out var value) ? FlagOf(value, member) : null;

    /// <summary>Text of a given form.</summary>
    public string Token(string member, Func<string, bool> isGood, string form) =>
        Required(member, out var value) ? TokenOf(value, member, isGood, form) : "";

    /// <summary>Text of a given form or nothing.</summary>
    public string? OptionalToken(string member, Func<string, bool> isGood, string form) =>
        TryGet(member, out var value) ? TokenOf(value, member, isGood, form) : null;

    /// <summary>A name: see <see cref="Names.IsName"/>.</summary>
    public string NameIn(string member) => Token(member, Names.IsName, "a name of [a-z0-9-]{1,32}");

    /// <summary>A name or nothing.</summary>
    public string? OptionalNameIn(string member) => OptionalToken(member, Names.IsName, "a name of [a-z0-9-]{1,32}");

    /// <summary>An epoch.</summary>
    public string Epoch(string member) => Token(member, Names.IsEpoch, "an epoch");

    /// <summary>Free text of 1 character or more.</summary>
    public string Text(string member, int lengthMax) =>
        Token(member, text => text.Length > 0 && text.Length <= lengthMax, $"a text of 1 to {lengthMax} characters");

    /// <summary>Free text or nothing.</summary>
    public string? OptionalText(string member, int lengthMax) =>
        OptionalToken(member, text => text.Length <= lengthMax, $"a text of at most {lengthMax} characters");

    /// <summary>An object.</summary>
    public Node Object(string member) =>
        Required(member, out var value) ? ObjectOf(value, member) : new Node(default, member, this);

    /// <summary>An object or nothing.</summary>
    public Node? OptionalObject(string member) =>
        TryGet(member, out var value) ? ObjectOf(value, member) : null;

    /// <summary>A member as an array, which <see cref="IsTuple"/> or <see cref="AsTexts"/> then reads.</summary>
    public Node Array(string member) =>
        new(Required(member, out var value) ? value : default, member, this);

    /// <summary>The object's JSON, free of the message it stood in.</summary>
    public JsonElement Copy() => element.ValueKind == JsonValueKind.Undefined ? default : element.Clone();

    /// <summary>The items of an array, read one by one as they are asked for.</summary>
    public IEnumerable<Node> Items(string member, int countMax) =>
        Required(member, out var value) ? ItemsOf(value, member, countMax) : [];

    /// <summary>The items of an array that may be absent.</summary>
    public IEnumerable<Node> OptionalItems(string member, int countMax) =>
        TryGet(member, out var value) ? ItemsOf(value, member, countMax) : [];

    /// <summary>The members of this object, in the order in which they stand.</summary>
    public IEnumerable<Node> Members()
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in element.EnumerateObject())
            {
                yield return new Node(member.Value, member.Name, this);
            }
        }
    }

    /// <summary>Items of this node, where it is an array; otherwise 0.</summary>
    public int Length => element.ValueKind == JsonValueKind.Array ? element.GetArrayLength() : 0;

    /// <summary>Checks that this is an array of as many items, which <see cref="IntegerAt"/> and <see cref="TextAt"/> then
    /// read.</summary>
    public bool IsTuple(int count)
    {
        if (Length == count)
        {
            return true;
        }

        Refuse($"is not an array of {count}");
        return false;
    }

    /// <summary>A whole number of a tuple.</summary>
    public long IntegerAt(int index, long min, long max) => IntegerOf(element[index], Index(index), min, max);

    /// <summary>A finite number of a tuple.</summary>
    public double NumberAt(int index) => NumberOf(element[index], Index(index), double.MinValue, double.MaxValue);

    /// <summary>A text of a given form in a tuple.</summary>
    public string TextAt(int index, Func<string, bool> isGood, string form) =>
        TokenOf(element[index], Index(index), isGood, form);

    /// <summary>This node itself as a whole number.</summary>
    public long AsInteger(long min, long max)
    {
        if (element.TryInteger(min, max, out var number))
        {
            return number;
        }

        Refuse($"is not a whole number from {min} to {max}");
        return min;
    }

    /// <summary>This node itself as an array of texts of a given form.</summary>
    public IEnumerable<string> AsTexts(int countMax, Func<string, bool> isGood, string form)
    {
        if (element.ValueKind != JsonValueKind.Array || element.GetArrayLength() > countMax)
        {
            Refuse($"is not an array of at most {countMax} texts");
            yield break;
        }

        var index = 0;
        foreach (var item in element.EnumerateArray())
        {
            yield return TokenOf(item, Index(index++), isGood, form);
        }
    }

    /// <summary>A column of whole numbers.</summary>
    /// <param name="member">The member.</param>
    /// <param name="count">How many there have to be; null for 1 or more.</param>
    /// <param name="countMax">Most there may be.</param>
    /// <param name="min">Lowest.</param>
    /// <param name="max">Highest.</param>
    public long[] Integers(string member, int? count, int countMax, long min, long max)
    {
        if (!Required(member, out var value) || !IsColumn(value, member, count, countMax))
        {
            return [];
        }

        var numbers = new long[value.GetArrayLength()];
        var index = 0;
        foreach (var item in value.EnumerateArray())
        {
            if (!item.TryInteger(min, max, out numbers[index]))
            {
                RefuseMember(member + Index(index), $"is not a whole number from {min} to {max}");
                return [];
            }

            index++;
        }

        return numbers;
    }

    /// <summary>A column of whole numbers, or one number that stands for all of them.</summary>
    public long[] IntegersOrOne(string member, int count, long min, long max)
    {
        if (!TryGet(member, out var value) || value.ValueKind != JsonValueKind.Number)
        {
            return Integers(member, count, count, min, max);
        }

        var all = new long[count];
        System.Array.Fill(all, IntegerOf(value, member, min, max));
        return all;
    }

    /// <summary>An array of finite numbers, perhaps none.</summary>
    public double[] NumbersIn(string member, int countMax)
    {
        if (!Required(member, out var value))
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > countMax)
        {
            RefuseMember(member, $"is not an array of at most {countMax}");
            return [];
        }

        return [.. value.EnumerateArray().Select((item, index) => NumberOf(item, member + Index(index), double.MinValue, double.MaxValue))];
    }

    /// <summary>A column of finite numbers and nulls.</summary>
    public double?[] Numbers(string member, int count) =>
        Required(member, out var value) ? NumbersOf(value, member, count) : [];

    /// <summary>A column of finite numbers and nulls that may be absent.</summary>
    public double?[]? OptionalNumbers(string member, int count) =>
        TryGet(member, out var value) ? NumbersOf(value, member, count) : null;

    private static string Index(int index) => string.Create(CultureInfo.InvariantCulture, $"[{index}]");

    private double?[] NumbersOf(JsonElement value, string member, int count)
    {
        if (!IsColumn(value, member, count, count))
        {
            return [];
        }

        var numbers = new double?[count];
        var index = 0;
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Null)
            {
                if (!item.TryFinite(out var number))
                {
                    RefuseMember(member + Index(index), "is neither a finite number nor null");
                    return [];
                }

                numbers[index] = number;
            }

            index++;
        }

        return numbers;
    }

    private bool IsColumn(JsonElement value, string member, int? count, int countMax)
    {
        var length = value.ValueKind == JsonValueKind.Array ? value.GetArrayLength() : 0;
        if (length >= 1 && length <= countMax && length == (count ?? length))
        {
            return true;
        }

        RefuseMember(member, count is { } wanted ? $"is not an array of {wanted}" : $"is not an array of 1 to {countMax}");
        return false;
    }

    private IEnumerable<Node> ItemsOf(JsonElement value, string member, int countMax)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > countMax)
        {
            RefuseMember(member, $"is not an array of at most {countMax}");
            yield break;
        }

        var index = 0;
        foreach (var item in value.EnumerateArray())
        {
            yield return new Node(item, member + Index(index++), this);
        }
    }

    private Node ObjectOf(JsonElement value, string member)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            return new Node(value, member, this);
        }

        RefuseMember(member, "is not an object");
        return new Node(default, member, this);
    }

    private long IntegerOf(JsonElement value, string member, long min, long max)
    {
        if (value.TryInteger(min, max, out var number))
        {
            return number;
        }

        RefuseMember(member, min == max ? $"is not {min}" : $"is not a whole number from {min} to {max}");
        return min;
    }

    private double NumberOf(JsonElement value, string member, double min, double max)
    {
        if (value.TryFinite(out var number) && number >= min && number <= max)
        {
            return number;
        }

        RefuseMember(member, string.Create(CultureInfo.InvariantCulture, $"is not a number from {min} to {max}"));
        return 0;
    }

    private bool FlagOf(JsonElement value, string member)
    {
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetBoolean();
        }

        RefuseMember(member, "is neither true nor false");
        return false;
    }

    private string TokenOf(JsonElement value, string member, Func<string, bool> isGood, string form)
    {
        if (value.ValueKind == JsonValueKind.String && value.GetString() is { } text && isGood(text))
        {
            return text;
        }

        RefuseMember(member, $"is not {form}");
        return "";
    }

    private bool Required(string member, out JsonElement value)
    {
        if (TryGet(member, out value))
        {
            return true;
        }

        // An object that is itself missing has been told of.
        if (element.ValueKind != JsonValueKind.Undefined)
        {
            RefuseMember(member, "is missing");
        }

        return false;
    }

    private bool TryGet(string member, out JsonElement value)
    {
        value = default;
        return element.ValueKind == JsonValueKind.Object
            && element.TryGetProperty(member, out value)
            && value.ValueKind != JsonValueKind.Null;
    }

    private void RefuseMember(string member, string what) => new Node(default, member, this).Refuse(what);

    private string Path()
    {
        if (parent is null)
        {
            return name;
        }

        var above = parent.Path();
        return above.Length == 0 || name.StartsWith('[') ? above + name : $"{above}.{name}";
    }
}
