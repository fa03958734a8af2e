using System.Text.Json;

namespace PondSentinel.Wire;

/// <summary>Numbers as the wire takes them.</summary>
internal static class JsonNumbers
{
    extension(JsonElement element)
    {
        /// <summary>Whether it is a whole number, written as one, between two bounds.</summary>
        public bool TryInteger(long min, long max, out long number)
        {
            number = min;
            return element.ValueKind == JsonValueKind.Number
                && element.TryGetInt64(out number) && number >= min && number <= max;
        }

        /// <summary>Whether it is a number that a double holds; 1e999 is not.</summary>
        public bool TryFinite(out double number)
        {
            number = 0;
            return element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out number) && double.IsFinite(number);
        }
    }
}
