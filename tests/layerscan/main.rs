//! What a user sees, and the rules of the house.
